package graph_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testvalue"
)

// setting is a mutation that replaces a field of Company: saveX(input: SaveTInput!), where
// T is the type of the field. Every field of the input is a field of T.
type setting struct {
	mutation, input, field string
	leaves                 []leaf
}

// leaf is an input field of a scalar or enum type.
type leaf struct {
	path     []string // such as "columns", "phone"
	values   [2]any
	required bool
	ranged   bool // by @range
}

func settingsOf(t *testing.T, schema *ast.Schema) (settings []setting) {
	t.Helper()
	for _, mutation := range schema.Mutation.Fields {
		name, isSave := strings.CutPrefix(mutation.Name, "save")
		if !isSave {
			continue
		}
		input := schema.Types["Save"+name+"Input"]
		for _, field := range schema.Types["Company"].Fields {
			if field.Type.Name() == name {
				settings = append(settings, setting{mutation.Name, input.Name, field.Name, leavesOf(t, schema, input, nil)})
			}
		}
	}
	return settings
}

func leavesOf(t *testing.T, schema *ast.Schema, input *ast.Definition, path []string) (leaves []leaf) {
	t.Helper()
	for _, field := range input.Fields {
		below := slices.Concat(path, []string{field.Name})
		typ := schema.Types[field.Type.Name()]
		switch {
		case field.Name == "expectedVersion":
		case typ.Kind == ast.InputObject:
			leaves = append(leaves, leavesOf(t, schema, typ, below)...)
		default:
			leaves = append(leaves, leaf{
				path: below, values: testvalue.Pair(t, typ, field.Directives),
				required: field.Type.NonNull, ranged: field.Directives.ForName("range") != nil,
			})
		}
	}
	return leaves
}

// in returns a copy of an input with a value for the leaf.
func (l leaf) in(input object, value any) object {
	copied := maps.Clone(input)
	if copied == nil {
		copied = object{}
	}
	if len(l.path) == 1 {
		copied[l.path[0]] = value
		return copied
	}
	child, _ := copied[l.path[0]].(object)
	copied[l.path[0]] = leaf{path: l.path[1:]}.in(child, value)
	return copied
}

// selection returns the fields of an input as a selection: "cutoff columns { phone }".
func selection(input object) string {
	var fields []string
	for _, name := range slices.Sorted(maps.Keys(input)) {
		if child, ok := input[name].(object); ok {
			name += " { " + selection(child) + " }"
		}
		fields = append(fields, name)
	}
	return strings.Join(fields, " ")
}

// TestInputFieldIsStoredShownAndAudited changes one input field at a time.
func TestInputFieldIsStoredShownAndAudited(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	settings := settingsOf(t, graph.Schema())
	if len(settings) < 2 {
		t.Fatalf("found only %v", settings)
	}
	for _, setting := range settings {
		p := s.People(t)
		token := s.Token(t, p.Admin)
		input := object{}
		for _, l := range setting.leaves {
			input = l.in(input, l.values[0])
		}
		document := "mutation($input: " + setting.input + "!) { p: " + setting.mutation + "(input: $input) { company { shown: " +
			setting.field + " { " + selection(input) + " } } userErrors { code } } }"
		save := func(input object) (shown any) {
			var company struct{ Shown json.RawMessage }
			if err := json.Unmarshal(mustMutate(t, s, token, document, inputOf(input)).Company, &company); err != nil {
				t.Fatal(err)
			}
			return decodeNumbers(t, string(company.Shown))
		}
		save(input)
		for _, l := range setting.leaves {
			name := setting.field + "." + strings.Join(l.path, ".")
			changed := l.in(input, l.values[1])
			var shown any
			entries := recorded(t, s, token, func() { shown = save(changed) })
			if !reflect.DeepEqual(shown, changed) {
				t.Errorf("%s: shown %v, want %v", name, shown, changed)
			}
			var summaries []string
			for _, entry := range entries {
				_, changes, _ := strings.Cut(entry.summary(), " ")
				summaries = append(summaries, changes)
			}
			if want := []string{fmt.Sprintf("%s %v>%v", l.path[len(l.path)-1], l.values[0], l.values[1])}; !slices.Equal(summaries, want) {
				t.Errorf("%s: audit entries %q, want %q", name, summaries, want)
			}
			if !l.required {
				unset := l.in(input, nil)
				if shown := save(unset); !reflect.DeepEqual(shown, unset) {
					t.Errorf("%s: shown %v, want %v", name, shown, unset)
				}
			}
			if l.ranged {
				for i, beyond := range []int{-1, 1} {
					wantCode(t, s, token, document, object{"input": l.in(input, add(t, l.values[i], beyond))}, "BAD_USER_INPUT")
				}
			}
			save(input)
		}
	}
}

func add(t *testing.T, number any, n int) int64 {
	t.Helper()
	value, err := number.(json.Number).Int64()
	if err != nil {
		t.Fatal(err)
	}
	return value + int64(n)
}

// decodeNumbers is decode with json.Number.
func decodeNumbers(t testing.TB, text string) (value any) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return value
}
