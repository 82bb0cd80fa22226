package limit

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// createOperation calls CreateOperationContext. variables is JSON, or "".
func createOperation(t testing.TB, exec *Executor, query, operation, variables string) (*graphql.OperationContext, gqlerror.List) {
	t.Helper()
	params := &graphql.RawParams{Query: query, OperationName: operation}
	if variables != "" {
		decoder := json.NewDecoder(bytes.NewReader([]byte(variables)))
		decoder.UseNumber()
		if err := decoder.Decode(&params.Variables); err != nil {
			t.Fatal(err)
		}
	}
	return exec.CreateOperationContext(context.Background(), params)
}

func TestErrorsDoNotQuoteTheRequest(t *testing.T) {
	noIntrospection := Default()
	noIntrospection.Introspection = false
	const two = "query a{me{id}} query b{me{id}}"
	const connect = "mutation($hunter2:SetPmsIntegrationInput!){setPmsIntegration(input:$hunter2){company{id}}}"
	for name, c := range map[string]struct {
		query, operation, variables string
		code                        apperr.Code
		says                        string
	}{
		"too many tokens": {"{" + strings.Repeat("hunter2 ", 1500) + "}", "", "", apperr.ComplexityLimitExceeded,
			"The document is longer than 1500 tokens."},
		"a long name": {"query hunter2" + strings.Repeat("x", 94) + "{me{id}}", "", "", apperr.ComplexityLimitExceeded,
			"A name is longer than 100 characters."},
		"a string out of place": {`{me{"hunter2"}}`, "", "", apperr.ParseFailed,
			"The document is not valid GraphQL: it cannot be parsed beyond this location."},
		"selections that never end":  {strings.Repeat("{hunter2", 1001/2), "", "", apperr.ParseFailed, "The document is not valid GraphQL"},
		"nothing but a comment":      {`# hunter2`, "", "", apperr.ParseFailed, "The document has no operation."},
		"nothing but a fragment":     {`fragment hunter2 on User{id}`, "", "", apperr.ValidationFailed, "The document has no operation."},
		"a limit":                    {`query hunter2{` + strings.Repeat("me{id}", 11) + `}`, "", "", apperr.ComplexityLimitExceeded, "more than 10 root fields"},
		"an unknown operation":       {two, "hunter2", "", apperr.ValidationFailed, "operationName must name one"},
		"no name for two operations": {two, "", "", apperr.ValidationFailed, "operationName must name one"},
		"a missing variable":         {connect, "", `{}`, apperr.BadUserInput, "The value of the variable does not match its type: it must be SetPmsIntegrationInput!."},
		"null for a variable":        {connect, "", `{"hunter2":null}`, apperr.BadUserInput, "it must be SetPmsIntegrationInput!."},
		"text for an object":         {connect, "", `{"hunter2":"hunter2"}`, apperr.BadUserInput, "it must be SetPmsIntegrationInput!."},
		"an unknown field":           {connect, "", `{"hunter2":{"hunter2":1}}`, apperr.BadUserInput, "SetPmsIntegrationInput has no such field."},
		"a missing field":            {connect, "", `{"hunter2":{"provider":"BEDS24"}}`, apperr.BadUserInput, "SetPmsIntegrationInput.apiKey must be ApiKey!."},
		"an unknown value of an enum": {connect, "", `{"hunter2":{"provider":"hunter2","apiKey":"hunter2"}}`, apperr.BadUserInput,
			"SetPmsIntegrationInput.provider must be PmsProvider!."},
		"text for a number": {"query($v:Int!){me{company{auditLog(first:$v){nodes{id}}}}}", "", `{"v":"12"}`, apperr.BadUserInput, "it must be Int!."},
		"a number for text": {"query($v:String){me{company{auditLog(after:$v){nodes{id}}}}}", "", `{"v":12}`, apperr.BadUserInput, "it must be String."},
		"a number for a text within an object": {connect, "", `{"hunter2":{"provider":"BEDS24","apiKey":"x","expectedVersion":12}}`, apperr.BadUserInput,
			"SetPmsIntegrationInput.expectedVersion must be String."},
		"a value that its scalar rejects": {"mutation($v:LocalTime!){saveLateCheckInConfig(input:{cutoff:$v}){company{id}}}", "", `{"v":"hunter2"}`, apperr.BadUserInput,
			"LocalTime must be a time HH:MM from 00:00 to 23:59."},
		"a value within an object that its scalar rejects": {"mutation($v:SaveLateCheckInConfigInput!){saveLateCheckInConfig(input:$v){company{id}}}", "",
			`{"v":{"cutoff":"20:00","columns":{"phone":"hunter2"}}}`, apperr.BadUserInput, "LateCheckInColumnsInput.phone must be a column from A to ZZ"},
		"text for a boolean": {"query($v:Boolean!){me@include(if:$v){id}}", "", `{"v":"hunter2"}`, apperr.BadUserInput, "it must be Boolean!."},
	} {
		t.Run(name, func(t *testing.T) {
			_, errs := createOperation(t, newExecutor(Default()), c.query, c.operation, c.variables)
			if len(errs) != 1 || errs[0].Extensions["code"] != string(c.code) || !strings.Contains(errs[0].Message, c.says) {
				t.Fatalf("got %v, want %s: %s", errs, c.code, c.says)
			}
			if apperr.CodeOf(errs[0]) != c.code {
				t.Errorf("wraps the code %s", apperr.CodeOf(errs[0]))
			}
			if shown, _ := json.Marshal(errs); strings.Contains(string(shown), "hunter2") {
				t.Errorf("quotes the request: %s", shown)
			}
			if strings.Contains(c.says, "must be") && !strings.Contains(c.says, "must be a ") { // names the schema, not only a scalar
				_, errs := createOperation(t, newExecutor(noIntrospection), c.query, c.operation, c.variables)
				if len(errs) != 1 || errs[0].Message != "The value of a variable does not match its type." || errs[0].Locations != nil {
					t.Errorf("without introspection: %v", errs)
				}
			}
		})
	}
}

func TestLimitsDoNotRevealFieldsWithoutIntrospection(t *testing.T) {
	limits := Default()
	limits.Introspection = false
	exec := newExecutor(limits)
	for known, unknown := range map[string]string{
		"{login login}":                              "{logn logn}",
		"mutation{login login}":                      "mutation{logn logn}",
		"{changePassword changePassword}":            "{passwordChange passwordChange}",
		"{x{auditLog auditLog auditLog}}":            "{x{auditLgo auditLgo auditLgo}}",
		"{...f ...f ...f} fragment f on T{auditLog}": "{...f ...f ...f} fragment f on T{auditLgo}",
	} {
		_, ofKnown := createOperation(t, exec, known, "", "")
		_, ofUnknown := createOperation(t, exec, unknown, "", "")
		if len(ofKnown) != 1 || !reflect.DeepEqual(ofKnown, ofUnknown) {
			t.Errorf("%s: %v differs from %v", known, ofKnown, ofUnknown)
		}
	}
	for query, says := range map[string]string{
		`mutation{a:login(input:{email:"a@example.com",password:"b"}){token} login(input:{email:"a@example.com",password:"b"}){token}}`: "login at most 1 times",
		"{me{company{auditLog{nodes{id}} a:auditLog{nodes{id}} b:auditLog{nodes{id}}}}}":                                                "at most 2 connections",
	} {
		if _, errs := createOperation(t, exec, query, "", ""); len(errs) != 1 || !strings.Contains(errs[0].Message, says) {
			t.Errorf("%s: got %v, want %q", query, errs, says)
		}
	}
}

// gqlgen must not parse the document again.
func TestGqlgenExtensionsRunForEveryOperation(t *testing.T) {
	exec := NewExecutor(&graphql.ExecutableSchemaMock{
		SchemaFunc: loadSchema,
		ExecFunc: func(context.Context) graphql.ResponseHandler {
			return graphql.OneShot(&graphql.Response{Data: []byte(`{}`)})
		},
	}, Default())
	var seen []string
	exec.AroundOperations(func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
		seen = append(seen, "operation "+graphql.GetOperationContext(ctx).Operation.Name)
		return next(ctx)
	})
	exec.AroundResponses(func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		seen = append(seen, "response of "+graphql.GetOperationContext(ctx).OperationName)
		return next(ctx)
	})
	opCtx, errs := createOperation(t, exec, "query a{me{id}}", "a", "")
	if errs != nil {
		t.Fatal(errs)
	}
	if doc, _ := exec.documents.check("query a{me{id}}"); opCtx.Doc != doc {
		t.Error("the document was parsed twice")
	}
	respond, ctx := exec.DispatchOperation(context.Background(), opCtx)
	respond(ctx)
	opCtx, errs = createOperation(t, exec, "query b{", "b", "")
	exec.DispatchError(graphql.WithOperationContext(context.Background(), opCtx), errs)
	if got := strings.Join(seen, ", "); got != "operation a, response of a, response of b" {
		t.Errorf("seen: %s", got)
	}
}
