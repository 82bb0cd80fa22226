package rest

import (
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/graph"
)

func TestEveryStoredDocumentFitsTheSchemaAndHasARoute(t *testing.T) {
	used := make(map[string]bool)
	for _, rt := range routes {
		used[rt.document+".graphql"] = true
		if _, err := load(rt.document, graph.Schema()); err != nil {
			t.Errorf("%s %s: %v", rt.method, rt.path, err)
		}
	}
	files, err := documents.ReadDir("documents")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !used[file.Name()] {
			t.Errorf("no route uses documents/%s", file.Name())
		}
	}
}

func TestEveryFieldOfABodyReachesTheSchema(t *testing.T) {
	for _, rt := range routes {
		doc := mustLoad(t, rt.document)
		fed := make(map[string]bool)
		for _, name := range doc.inputVariables {
			fed[name] = true
		}
		for _, v := range doc.variables {
			if !fed[v.name] {
				t.Errorf("%s: nothing uses $%s", rt.document, v.name)
			}
		}
	}
}

func TestTheSchemaSaysWhoMayUseARoute(t *testing.T) {
	for name, want := range map[string]access{
		"login":         public,
		"perfil":        authenticated,
		"password":      authenticated,
		"integraciones": authenticated,
		"pms_put":       admin,
		"pms_delete":    admin,
		"ia_put":        admin,
		"ia_delete":     admin,
		"xlsx_get":      authenticated,
		"xlsx_put":      admin,
		"tardio_get":    authenticated,
		"tardio_put":    admin,
	} {
		if got := mustLoad(t, name).access; got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func TestADocumentIsRefusedThat(t *testing.T) {
	for _, c := range []struct{ name, text, reason string }{
		{"is no GraphQL", `query {`, "Expected Name"},
		{"asks for an unknown field", `{ me { phone } }`, "Cannot query field"},
		{"passes a variable of another type", `mutation($k: ModelName!) { setPmsIntegration(input: {provider: SMOOBU, apiKey: $k}) { userErrors { code field } } }`, "used in position expecting type"},
		{"has two operations", `query a { me { id } } query b { me { id } }`, "one operation"},
		{"has two root fields", `{ a: me { id } b: me { id } }`, "one root field"},
		{"hides its root field in a fragment", `query { ... on Query { me { id } } }`, "one root field"},
		{"would not hear of a refusal", `mutation { removePmsIntegration { company { id } } }`, "userErrors"},
		{"would not hear why it was refused", `mutation { removePmsIntegration { userErrors { message field } } }`, "userErrors"},
		{"would not hear how to say it", `mutation { removePmsIntegration { userErrors { code field } } }`, "userErrors"},
		{"renames what the shim reads", `mutation { removePmsIntegration { userErrors { code: message field message } } }`, "userErrors"},
		{"takes a value without rules", `query($s: String) { me { id @skip(if: true) email @include(if: true) } }`, "never used"},
		{"asks what no directive guards", `{ __typename }`, "who may use"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parse(c.text, graph.Schema())
			if err == nil || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("got %v, want an error with %q", err, c.reason)
			}
		})
	}
}

func TestAFieldNeedsATypeThatCarriesItsRules(t *testing.T) {
	_, err := parse(`query($yes: Boolean!) { me { id @skip(if: $yes) email } }`, graph.Schema())
	if err == nil || !strings.HasPrefix(err.Error(), "$yes: Boolean") {
		t.Errorf("got %v", err)
	}
}

func TestAUserErrorNamesTheFieldThatFedTheArgument(t *testing.T) {
	for _, c := range []struct {
		name, document, code string
		path                 []any
		status               int
		prefix               string
	}{
		{"directly", "password", "SAME_PASSWORD", []any{"input", "newPassword"}, 422, "password_nueva: "},
		{"an optional one", "password", "PASSWORD_MISMATCH", []any{"input", "newPasswordConfirmation"}, 422, "password_confirm: "},
		{"inside an object", "tardio_put", "NEWER", []any{"input", "columns", "phone"}, 422, "col_telefono: "},
		{"except for a wrong password", "password", "WRONG_PASSWORD", []any{"input", "currentPassword"}, 422, "presented"},
		{"unless it is the whole input", "password", "NEWER", []any{"input"}, 422, "presented"},
		{"unless it names none", "pms_put", "NEWER", []any{}, 422, "presented"},
		{"also with a code of tomorrow", "pms_put", "NEWER", []any{"input", "apiKey"}, 422, "api_key: presented"},
		{"and a refused sign-in is 401", "login", "INVALID_CREDENTIALS", []any{}, 401, "presented"},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc := mustLoad(t, c.document)
			err := doc.rejection(object{doc.payload: object{"userErrors": []any{object{"code": c.code, "field": c.path, "message": "presented"}}}})
			f := toHTTPError(err)
			if f.status != c.status || !strings.HasPrefix(f.messages[0], c.prefix) {
				t.Errorf("got %d %q, want %d %q", f.status, f.messages[0], c.status, c.prefix)
			}
		})
	}
}

func TestAMutationWithoutUserErrorsSucceeded(t *testing.T) {
	doc := mustLoad(t, "pms_put")
	if err := doc.rejection(object{doc.payload: object{"userErrors": []any{}}}); err != nil {
		t.Error(err)
	}
}

func mustLoad(t testing.TB, name string) *document {
	t.Helper()
	doc, err := load(name, graph.Schema())
	if err != nil {
		t.Fatal(err)
	}
	return doc
}
