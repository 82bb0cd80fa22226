package rest

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/internal/scalar"
)

// FuzzBody sends a body to every route that takes one: whatever it is, it
// becomes variables that the schema accepts, or an error in Spanish.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `[]`, `null`, `0`, `-0.0`, `""`, `{"a":`, `{"a":1}{}`, "\xef\xbb\xbf{\"x\":1}",
		`{"email":" A@B.c ","password":"x","origen":"web"}`,
		`{"password_actual":"Correct-Horse-1","password_nueva":"12345678\ud800","password_confirm":null}`,
		`{"proveedor":"smoobu","api_key":"k"}`,
		`{"proveedor":"openai","modelo":"","api_key":""}`,
		`{"proveedor":"SMOOBU","api_key":["k"],"proveedor":{}}`,
		`{"col_id_externo":"3","col_nombre":4.0,"col_direccion":1e2,"col_ciudad":" +7 "}`,
		`{"col_id_externo":1e400,"col_nombre":1000000000000000000000000000000,"col_ciudad":null}`,
		`{"hora_corte":"20:00","col_nombre":"","col_telefono":null,"col_checkin":"zZ","col_email":"E"}`,
		`{"hora_corte":"٢٠:٠٠","":"","a: b":1,"` + "\xff" + `":"\u0000"}`,
		strings.Repeat(`{"a":`, 100) + `1` + strings.Repeat(`}`, 100),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, rt := range routes {
			if doc := mustLoadOnce(t, rt.document); len(doc.variables) > 0 {
				fuzzRoute(t, rt, doc, text)
			}
		}
	})
}

var loaded = make(map[string]*document)

func mustLoadOnce(t *testing.T, name string) *document {
	if loaded[name] == nil {
		loaded[name] = mustLoad(t, name)
	}
	return loaded[name]
}

func fuzzRoute(t *testing.T, rt route, doc *document, text []byte) {
	body, err := decodeBody(text)
	if err != nil {
		checkFailure(t, err, 400, 422)
		return
	}
	given := len(body)
	if rt.normalize != nil {
		rt.normalize(body)
	}
	variables, err := doc.coerce(body, rt.lenient)
	if err != nil {
		f := checkFailure(t, err, 422)
		if len(f.messages) > given+len(doc.variables) {
			t.Errorf("%d errors for %d fields", len(f.messages), given)
		}
		return
	}
	checkVariables(t, doc, variables)
}

func checkFailure(t *testing.T, err error, statuses ...int) *httpError {
	f, ok := errors.AsType[*httpError](err)
	if !ok || !slices.Contains(statuses, f.status) || len(f.messages) == 0 {
		t.Fatalf("got %#v", err)
	}
	if _, err := json.Marshal(f.messages); err != nil {
		t.Errorf("%q cannot be answered: %v", f.messages, err)
	}
	return f
}

// checkVariables gives the variables to GraphQL's own coercion, and each to its
// scalar.
func checkVariables(t *testing.T, doc *document, variables object) {
	parsed := gqlparser.MustLoadQueryWithRules(graph.Schema(), doc.text, rules.NewDefaultRules())
	coerced, err := validator.VariableValues(graph.Schema(), parsed.Operations[0], variables)
	if err != nil {
		t.Fatalf("the schema refuses %v: %v", variables, err)
	}
	for _, v := range doc.variables {
		if value := coerced[v.name]; value != nil && v.names == nil {
			if err := scalar.Check(v.typeName, value); err != nil {
				t.Errorf("%s: %v", v.name, err)
			}
		}
	}
}
