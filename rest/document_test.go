package rest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/stay-sidekick/profile-server/graph"
)

func TestStoredDocumentsAreValidAndHaveARoute(t *testing.T) {
	used := make(map[string]bool)
	for _, rt := range routes {
		used[rt.document+".graphql"] = true
		doc := mustLoad(t, rt.document)
		parsed := gqlparser.MustLoadQueryWithRules(graph.Schema(), doc.text, rules.NewDefaultRules())
		if len(parsed.Operations) != 1 || len(parsed.Operations[0].SelectionSet) != 1 {
			t.Errorf("%s must have one operation with one root field", rt.document)
		}
		// Every signed-in user may read the settings of the company.
		if rt.method == http.MethodGet && doc.access > authenticated {
			t.Errorf("%s selects %s, which would close the whole route to operators", rt.document, doc.guarded)
		}
		if doc.isMutation() && !strings.Contains(doc.text, "userErrors { code field message }") {
			t.Errorf("%s must select userErrors { code field message }", rt.document)
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

func TestRouteRequiresTheStrictestDirectiveInItsDocument(t *testing.T) {
	const adminField = "auditLog { nodes { id } }"
	for text, want := range map[string]access{
		`{ me { id company { name } } }`:                                                                            authenticated,
		`{ me { company { ` + adminField + ` } } }`:                                                                 admin,
		`{ me { id } b: me { company { ` + adminField + ` } } }`:                                                    admin,
		`{ me { company { ... { ` + adminField + ` } } } }`:                                                         admin,
		`{ me { ...a } } fragment a on User { company { ...b } } fragment b on Company { name ` + adminField + ` }`: admin,
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

func TestInvalidDocumentIsRejected(t *testing.T) {
	for text, reason := range map[string]string{
		`{ me { phone } }`: "Cannot query field",
		`query($yes: Boolean!) { me { id @skip(if: $yes) email } }`:                                                          "$yes: Boolean",
		`query($k: [AuditKind!]) { me { company { auditLog(kinds: $k) { nodes { id } } } } }`:                                "$k: [AuditKind!]",
		`query($first: Int!, $after: String) { me { company { auditLog(first: $first, after: $after) { nodes { id } } } } }`: "$after: String",
	} {
		if _, err := parse(text, graph.Schema()); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: got %v, want an error with %q", text, err, reason)
		}
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
