package rest

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/internal/auth"
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

// A save replaces all settings of its mutation, so a field that its document leaves out is
// removed by each save of a legacy client, without a way to send it.
func TestSavedDocumentSetsEveryInputField(t *testing.T) {
	schema := graph.Schema()
	var add func(set map[string]string, document, path string, typ *ast.Definition)
	add = func(set map[string]string, document, path string, typ *ast.Definition) {
		for _, field := range typ.Fields {
			below := path + "." + field.Name
			switch child := schema.Types[field.Type.Name()]; {
			case field.Name == "expectedVersion":
			case child.Kind == ast.InputObject:
				add(set, document, below, child)
			case set[below] == "":
				t.Errorf("%s: no variable has the value of %s.%s", document, typ.Name, field.Name)
			}
		}
	}
	for _, rt := range routes {
		doc := mustLoad(t, rt.document)
		if strings.HasPrefix(doc.payload, "save") {
			argument := schema.Mutation.Fields.ForName(doc.payload).Arguments.ForName("input")
			add(doc.inputVariables, rt.document, "input", schema.Types[argument.Type.Name()])
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
		if doc := mustLoad(t, rt.document); doc.access != want {
			t.Errorf("%s %s needs @%s because of %s, want @%s: is that intended?", rt.method, rt.path, accessDirectives[doc.access-1], doc.guarded, accessDirectives[want-1])
		}
	}
}

func TestRouteRequiresTheStrictestDirectiveInItsDocument(t *testing.T) {
	const adminField = "auditLog { nodes { id } }"
	for text, want := range map[string]access{
		`{ me { id company { name } } }`:                    authenticated,
		`{ me { company { ` + adminField + ` } } }`:         admin,
		`{ me { company { ... { ` + adminField + ` } } } }`: admin,
		`{ me { ...a } } fragment a on User { company { ...b } } fragment b on Company { name ` + adminField + ` }`:                                      admin,
		`mutation { login(input: {email: "a@b.example", password: "x"}) { user { company { ` + adminField + ` } } userErrors { code field message } } }`: admin,
	} {
		doc, err := parse(text, graph.Schema())
		if err != nil {
			t.Fatal(err)
		}
		if doc.access != want || want == admin && doc.guarded != "Company.auditLog" {
			t.Errorf("%s requires %d for %s, want %d", text, doc.access, doc.guarded, want)
		}
	}
}

// adminOnly is the schema's @admin without a database.
type adminOnly struct{}

func (adminOnly) RequireAdmin(_ context.Context, user *auth.Principal, field string) error {
	if user.IsAdmin() {
		return nil
	}
	return errors.New("no access to " + field)
}

func TestAdminFieldBelowTheRootRefusesAnOperatorBeforeTheBodyIsRead(t *testing.T) {
	doc, err := parse(`mutation($k: Password!, $n: NewPassword!) { changePassword(input: {currentPassword: $k, newPassword: $n}) {
		user { company { auditLog { nodes { id } } } } userErrors { code field message } } }`, graph.Schema())
	if err != nil {
		t.Fatal(err)
	}
	endpoint := (&API{authorizer: adminOnly{}}).newEndpoint(route{}, doc)
	for role, want := range map[auth.Role]string{auth.Operator: "no access to Company.auditLog", auth.Admin: errUnreadable.Error()} {
		ctx := auth.WithCaller(t.Context(), func() (*auth.Principal, error) { return &auth.Principal{Role: role}, nil })
		r := httptest.NewRequestWithContext(ctx, http.MethodPut, "/", iotest.ErrReader(errors.New("the body is read")))
		r.Header.Set("Content-Type", "application/json")
		if _, err := endpoint(r); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", role, err, want)
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
