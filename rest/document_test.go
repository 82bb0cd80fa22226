package rest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/graph"
)

func TestStoredDocumentsAreValidAndHaveARoute(t *testing.T) {
	used := make(map[string]bool)
	for _, rt := range routes {
		used[rt.document+".graphql"] = true
		doc := mustLoad(t, rt.document)
		arguments := slices.Collect(maps.Values(doc.inputVariables))
		for _, v := range doc.variables {
			if !slices.Contains(arguments, v.name) {
				t.Errorf("%s: no argument has the value $%s", rt.document, v.name)
			}
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

func TestRouteAccessIsReadFromTheSchema(t *testing.T) {
	for _, rt := range routes {
		want := authenticated
		switch {
		case rt.document == "login":
			want = public
		case rt.method != http.MethodGet && rt.document != "password":
			want = admin
		}
		if got := mustLoad(t, rt.document).access; got != want {
			t.Errorf("%s is %s, want %s", rt.document, got, want)
		}
	}
}

func TestInvalidDocumentIsRejected(t *testing.T) {
	for _, c := range []struct{ name, text, reason string }{
		{"not GraphQL", `query {`, "Expected Name"},
		{"an unknown field", `{ me { phone } }`, "Cannot query field"},
		{"a variable of another type", `mutation($k: ModelName!) { setPmsIntegration(input: {provider: SMOOBU, apiKey: $k}) { userErrors { code field } } }`, "used in position expecting type"},
		{"two operations", `query a { me { id } } query b { me { id } }`, "one operation"},
		{"two root fields", `{ a: me { id } b: me { id } }`, "one root field"},
		{"a root field in a fragment", `query { ... on Query { me { id } } }`, "one root field"},
		{"no userErrors", `mutation { removePmsIntegration { company { id } } }`, "userErrors"},
		{"no code of userErrors", `mutation { removePmsIntegration { userErrors { message field } } }`, "userErrors"},
		{"no message of userErrors", `mutation { removePmsIntegration { userErrors { code field } } }`, "userErrors"},
		{"an alias for code", `mutation { removePmsIntegration { userErrors { code: message field message } } }`, "userErrors"},
		{"an unused variable", `query($s: String) { me { id } }`, "never used"},
		{"a variable that is not a custom scalar", `query($yes: Boolean!) { me { id @skip(if: $yes) email } }`, "$yes: Boolean"},
		{"a root field without a directive", `{ __typename }`, "must have one of @public"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parse(c.text, graph.Schema())
			if err == nil || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("got %v, want an error with %q", err, c.reason)
			}
		})
	}
}

func TestUserErrorNamesTheFieldOfTheBody(t *testing.T) {
	for _, c := range []struct {
		name, document, code string
		path                 []any
		status               int
		prefix               string
	}{
		{"an input field", "password", "SAME_PASSWORD", []any{"input", "newPassword"}, 422, "password_nueva: "},
		{"an optional input field", "password", "PASSWORD_MISMATCH", []any{"input", "newPasswordConfirmation"}, 422, "password_confirm: "},
		{"a nested input field", "tardio_put", "NEWER", []any{"input", "columns", "phone"}, 422, "col_telefono: "},
		{"a wrong password names no field", "password", "WRONG_PASSWORD", []any{"input", "currentPassword"}, 422, "presented"},
		{"the whole input", "password", "NEWER", []any{"input"}, 422, "presented"},
		{"no argument", "pms_put", "NEWER", []any{}, 422, "presented"},
		{"an unknown code", "pms_put", "NEWER", []any{"input", "apiKey"}, 422, "api_key: presented"},
		{"a rejected sign-in", "login", "INVALID_CREDENTIALS", []any{}, 401, "presented"},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc := mustLoad(t, c.document)
			err := doc.userErrors(object{doc.payload: object{"userErrors": []any{object{"code": c.code, "field": c.path, "message": "presented"}}}})
			if e := toHTTPError(err); e.status != c.status || !strings.HasPrefix(e.messages[0], c.prefix) {
				t.Errorf("got %d %q, want %d %q", e.status, e.messages[0], c.status, c.prefix)
			}
		})
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
