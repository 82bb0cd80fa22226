package canary_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// schema has every input that gets a canary. A new field, variable or route of the
// product needs no change here, except for an input of a new type.
var schema = graph.Schema()

// isSecret reports whether the values of a type are secrets. A new scalar that no
// field returns is one.
func isSecret(name string) bool {
	switch name {
	case "ApiKey", "Password", "NewPassword", "EmailAddress":
		return true
	case "ModelName", "AccountId": // fields return them as a String
		return false
	}
	for _, object := range schema.Types {
		for _, field := range object.Fields {
			if object.Kind == ast.Object && field.Type.Name() == name {
				return false
			}
		}
	}
	return schema.Types[name].Kind == ast.Scalar && !schema.Types[name].BuiltIn
}

// member is an argument, a variable or a field of an input object.
type member struct {
	name      string
	of        *ast.Type
	byDefault *ast.Value
}

func (m member) optional() bool { return !m.of.NonNull || m.byDefault != nil }

// members returns the fields of an input object, nil for another type.
func (m member) members() (members []member) {
	for _, field := range schema.Types[m.of.Name()].Fields {
		members = append(members, member{field.Name, field.Type, field.DefaultValue})
	}
	return members
}

func argumentsOf(field *ast.FieldDefinition) (members []member) {
	for _, a := range field.Arguments {
		members = append(members, member{a.Name, a.Type, a.DefaultValue})
	}
	return members
}

// typesByPath returns the types of all inputs that are not objects, by their paths, such
// as "input.apiKey".
func typesByPath(members []member, prefix string) map[string]string {
	types := make(map[string]string)
	for _, m := range members {
		if below := m.members(); below != nil {
			maps.Copy(types, typesByPath(below, prefix+m.name+"."))
		} else {
			types[prefix+m.name] = m.of.Name()
		}
	}
	return types
}

// enum is the name of an enum's value.
type enum string

// input makes the values of members. Required ones are valid, and the one at path is
// the canary.
type input struct {
	s      *sender
	user   testdb.UserRow
	path   string
	canary any
}

func (in input) object(members []member, prefix string) map[string]any {
	object := make(map[string]any)
	for _, m := range members {
		path := prefix + m.name
		below := m.members()
		switch onPath := in.path == path || strings.HasPrefix(in.path, path+"."); {
		case below != nil && (onPath || !m.optional()):
			object[m.name] = in.object(below, path+".")
		case onPath:
			object[m.name] = in.canary
			if email, ok := in.canary.(string); ok && m.of.Name() == "EmailAddress" {
				object[m.name] = email + "@example.com"
			}
		case !m.optional():
			object[m.name] = in.valid(m, prefix)
		}
	}
	return object
}

func (in input) valid(m member, prefix string) any {
	name := m.of.Name()
	if values := schema.Types[name].EnumValues; values != nil {
		return enum(values[0].Name)
	}
	value, ok := map[string]any{
		"EmailAddress": in.user.Email, "Password": in.user.Password, "NewPassword": "Fresh-Horse-1", "ApiKey": "key",
		"ColumnIndex": 1, "LocalTime": "21:00",
	}[name]
	if !ok {
		in.s.t.Fatalf("%s%s needs a valid value of the type %s here", prefix, m.name, name)
	}
	return value
}

// literal formats a value in a document.
func literal(s *sender, value any) string {
	switch value := value.(type) {
	case enum:
		return string(value)
	case map[string]any:
		var fields strings.Builder
		for _, name := range slices.Sorted(maps.Keys(value)) {
			fmt.Fprintf(&fields, "%s: %s ", name, literal(s, value[name]))
		}
		return "{" + fields.String() + "}"
	}
	return testserver.JSON(s.t, value)
}

// eachInput calls send with valid values that have a secret canary, and with invalid
// ones that have a canary anywhere.
func eachInput(s *sender, secrets *canaries, user testdb.UserRow, members []member, send func(path string, values map[string]any, valid bool)) {
	types, secret := typesByPath(members, ""), false
	for _, path := range slices.Sorted(maps.Keys(types)) {
		if isSecret(types[path]) {
			secret = true
			canary := secrets.next()
			send(path, input{s, user, path, canary}.object(members, ""), true)
			search(s.t, "the database", allRows(s.t, s.server), canary) // a later request may replace it
		}
		for _, canary := range []any{secrets.next() + strings.Repeat("z", 600), []string{secrets.next()}, secrets.next() + "\x00"} {
			send(path, input{s, user, path, canary}.object(members, ""), false)
		}
	}
	if !secret {
		send("", input{s: s, user: user}.object(members, ""), true)
	}
}

// graphQLInput sends canaries in every input of every field of Query and Mutation, as
// variables and as literals, and selects everything.
func graphQLInput(s *sender, secrets *canaries, user testdb.UserRow) {
	for _, object := range schema.Types {
		for _, field := range object.Fields {
			if object == schema.Query || object == schema.Mutation {
				if !strings.HasPrefix(field.Name, "__") {
					rootInput(s, secrets, user, strings.ToLower(object.Name), field)
				}
				continue
			}
			for path, of := range typesByPath(argumentsOf(field), "") {
				if isSecret(of) {
					s.t.Errorf("no canary for the argument %s of %s.%s", path, object.Name, field.Name)
				}
			}
		}
	}
}

func rootInput(s *sender, secrets *canaries, user testdb.UserRow, operation string, field *ast.FieldDefinition) {
	members := argumentsOf(field)
	selection := "{" + testserver.AllFields(field.Type.Name()) + "}"
	eachInput(s, secrets, user, members, func(path string, values map[string]any, valid bool) {
		var variables, arguments, literals strings.Builder
		for _, m := range members {
			fmt.Fprintf(&variables, " $%s: %s", m.name, m.of)
			fmt.Fprintf(&arguments, " %s: $%[1]s", m.name)
			if value, ok := values[m.name]; ok {
				fmt.Fprintf(&literals, " %s: %s", m.name, literal(s, value))
			}
		}
		parenthesised := func(list *strings.Builder) string {
			if list.Len() == 0 {
				return ""
			}
			return "(" + list.String() + ")"
		}
		for _, response := range []string{
			s.graphql(operation+parenthesised(&variables)+"{"+field.Name+parenthesised(&arguments)+selection+"}", values),
			s.graphql(operation+"{"+field.Name+parenthesised(&literals)+selection+"}", nil),
		} {
			if valid && user.Role == "admin" && (strings.Contains(response, "BAD_USER_INPUT") || strings.Contains(response, "GRAPHQL_")) {
				s.t.Errorf("%s with a canary at %q: %s", field.Name, path, response)
			}
		}
	})
}

type route struct{ method, path string }

// bodyRoutes returns the routes below /api that may have a body.
func bodyRoutes(s *sender) (routes []route) {
	_ = chi.Walk(s.server.Config.Handler.(chi.Routes), func(method, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if strings.HasPrefix(path, "/api/") && method != http.MethodGet {
			routes = append(routes, route{method, path})
		}
		return nil
	})
	return routes
}

// restInput sends canaries in every variable of every stored document to every route.
func restInput(s *sender, secrets *canaries, user testdb.UserRow) {
	files, err := filepath.Glob("../../rest/documents/*.graphql")
	if err != nil || len(files) == 0 {
		s.t.Fatal("no documents", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			s.t.Fatal(err)
		}
		doc, errs := gqlparser.LoadQueryWithRules(schema, string(text), rules.NewDefaultRules())
		if len(errs) > 0 {
			s.t.Fatal(errs)
		}
		var members []member
		for _, v := range doc.Operations[0].VariableDefinitions {
			members = append(members, member{v.Variable, v.Type, v.DefaultValue})
		}
		eachInput(s, secrets, user, members, func(path string, values map[string]any, valid bool) {
			for name, value := range values {
				if value, ok := value.(enum); ok {
					values[name] = strings.ToLower(string(value))
				}
			}
			accepted := false
			for _, route := range bodyRoutes(s) {
				response := s.send(route.method, route.path, testserver.JSON(s.t, values))
				accepted = accepted || !strings.Contains(response, apperr.UnknownField.In(apperr.Spanish))
			}
			if valid && path != "" && user.Role == "admin" && !accepted {
				s.t.Errorf("no route has the fields of %s", file)
			}
		})
	}
	s.send(http.MethodGet, "/api/perfil/integraciones", "")
}
