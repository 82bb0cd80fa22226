package graph_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// Each variable v is nullable and has a default where the schema requires a value, so
// the document is valid, but null is not.
func TestNullVariableInANonNullArgumentIsAnErrorOfTheField(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	token := s.Token(t, s.People(t).Admin)
	for name, c := range map[string]struct{ query, path, data string }{
		"an enum":     {`query($v:TimePrecision=MILLISECOND){me{role x:passwordChangedAt(precision:$v)}}`, "me x precision", `{"me":{"role":"ADMIN","x":null}}`},
		"a number":    {`query($v:Int=1){me{role company{auditLog(first:$v){nodes{id}}}}}`, "me company auditLog first", `{"me":{"role":"ADMIN","company":{"auditLog":null}}}`},
		"a list":      {`query($v:AuditKind=SIGNED_IN){me{role company{auditLog(kinds:[SIGNED_IN,$v]){nodes{id}}}}}`, "me company auditLog kinds", `{"me":{"role":"ADMIN","company":{"auditLog":null}}}`},
		"a fragment":  {`query($v:Int=1){me{role company{...f}}} fragment f on Company{auditLog(first:$v){nodes{id}}}`, "me company auditLog first", `{"me":{"role":"ADMIN","company":{"auditLog":null}}}`},
		"text":        {`query($v:String="User"){__type(name:$v){name} me{role}}`, "__type name", `{"__type":null,"me":{"role":"ADMIN"}}`},
		"an input":    {`mutation($v:LoginInput={email:"a@b.c",password:"x"}){login(input:$v){token}}`, "login input", "null"},
		"a scalar":    {`mutation($v:ColumnIndex=1){saveApartmentColumns(input:{externalId:1,name:$v}){userErrors{code}}}`, "saveApartmentColumns input", "null"},
		"a field":     {`mutation($v:PmsProvider=SMOOBU){setPmsIntegration(input:{apiKey:"k",provider:$v}){userErrors{code}}}`, "setPmsIntegration input", "null"},
		"a default":   {`mutation($v:ColumnIndex){saveApartmentColumns(input:{externalId:1,name:2,city:$v}){userErrors{code}}}`, "saveApartmentColumns input", "null"},
		"an argument": {`query($v:TimePrecision){me{role x:passwordChangedAt(precision:$v)}}`, "me x precision", `{"me":{"role":"ADMIN","x":null}}`},
	} {
		t.Run(name, func(t *testing.T) {
			resp := wantCode(t, s, token, c.query, object{"v": nil}, "BAD_USER_INPUT")
			if len(resp.Errors) != 1 || fmt.Sprint(resp.Errors[0].Path) != "["+c.path+"]" {
				t.Errorf("errors %v, want the path %s", resp.Errors, c.path)
			}
			wantJSON(t, resp.Data, c.data)
		})
	}
	wantStored(t, s, "0", "select count(*) from configuracion_pms")
}

func TestNullVariableInADirectiveIsRejected(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	for name, query := range map[string]string{
		"@include":           `query($v:Boolean=true){__typename @include(if:$v)}`,
		"@skip":              `query($v:Boolean=false){__typename @skip(if:$v)}`,
		"an inline fragment": `query($v:Boolean=true){...@include(if:$v){__typename}}`,
		"a spread":           `query($v:Boolean=true){...f@skip(if:$v)} fragment f on Query{__typename}`,
		"a fragment":         `query($v:Boolean=true){...f} fragment f on Query{me{id@skip(if:$v)}}`,
	} {
		t.Run(name, func(t *testing.T) {
			resp := wantCode(t, s, "", query, object{"v": nil}, "BAD_USER_INPUT")
			if resp.Status != http.StatusOK || resp.Errors[0].Path != nil || isObject(resp.Data) {
				t.Errorf("got %d %s", resp.Status, resp.Body)
			}
			if allowed := s.Query(t, "", query, nil); allowed.Code() != "" && allowed.Code() != "UNAUTHENTICATED" {
				t.Errorf("the default: %s", allowed.Body)
			}
		})
	}
}

func TestNullVariableIsAcceptedWhereTheSchemaAllowsNull(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	wantCode(t, s, s.Token(t, s.People(t).Admin), `query($v:String="x",$k:[AuditKind!],$p:TimePrecision=MICROSECOND){me{
		passwordChangedAt(precision:$p) company{auditLog(after:$v,kinds:$k){nodes{id}}}}}`, object{"v": nil, "k": nil}, "")
}
