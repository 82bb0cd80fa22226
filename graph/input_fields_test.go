package graph_test

import (
	"encoding/json"
	"fmt"
	"maps"
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
	if len(l.path) > 1 {
		child, _ := input[l.path[0]].(object)
		value = leaf{path: l.path[1:]}.in(child, value)
	}
	return with(input, l.path[0], value)
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
		save := func(input object) {
			shown := field(t, mustMutate(t, s, token, document, inputOf(input)).Company, "shown")
			wantJSON(t, shown, testserver.JSON(t, input))
		}
		save(input)
		for _, l := range setting.leaves {
			name := setting.field + "." + strings.Join(l.path, ".")
			changed := l.in(input, l.values[1])
			entries := recorded(t, s, token, func() { save(changed) })
			want := fmt.Sprintf(" %s %v>%v", l.path[len(l.path)-1], l.values[0], l.values[1])
			if len(entries) != 1 || !strings.HasSuffix(entries[0].summary(), want) {
				t.Errorf("%s: audit entries %+v, want one with %s", name, entries, want)
			}
			if !l.required {
				save(l.in(input, nil))
			}
			if l.ranged {
				for i, beyond := range []int64{-1, 1} {
					limit, err := l.values[i].(json.Number).Int64()
					if err != nil {
						t.Fatal(err)
					}
					wantCode(t, s, token, document, inputOf(l.in(input, limit+beyond)), "BAD_USER_INPUT")
				}
			}
			save(input)
		}
	}
}
