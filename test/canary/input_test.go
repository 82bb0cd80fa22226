package canary_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

type object = map[string]any

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
	for field := range testserver.Fields() {
		if field.Type.Name() == name {
			return false
		}
	}
	return schema.Types[name].Kind == ast.Scalar && !schema.Types[name].BuiltIn
}

// members are the arguments of a field, the variables of a document or the fields of an
// input object.
type members = ast.ArgumentDefinitionList

// membersOf returns the fields of an input object, nil for another type.
func membersOf(of *ast.Type) (list members) {
	for _, field := range schema.Types[of.Name()].Fields {
		list = append(list, &ast.ArgumentDefinition{Name: field.Name, Type: field.Type, DefaultValue: field.DefaultValue})
	}
	return list
}

// typesByPath returns the types of all inputs that are not objects, by their paths, such
// as "input.apiKey".
func typesByPath(list members, prefix string) map[string]string {
	types := make(map[string]string)
	for _, m := range list {
		if below := membersOf(m.Type); below != nil {
			maps.Copy(types, typesByPath(below, prefix+m.Name+"."))
		} else {
			types[prefix+m.Name] = m.Type.Name()
		}
	}
	return types
}

// enum is the name of an enum's value.
type enum string

// values makes the values of members. Required ones are valid, and the one at path is
// the canary.
func (s *sender) values(list members, prefix, path string, canary any) object {
	made := make(object)
	for _, m := range list {
		at, below := prefix+m.Name, membersOf(m.Type)
		required := m.Type.NonNull && m.DefaultValue == nil
		switch onPath := path == at || strings.HasPrefix(path, at+"."); {
		case below != nil && (onPath || required):
			made[m.Name] = s.values(below, at+".", path, canary)
		case onPath:
			made[m.Name] = canary
			if email, ok := canary.(string); ok && m.Type.Name() == "EmailAddress" {
				made[m.Name] = email + "@example.com"
			}
		case required:
			made[m.Name] = s.valid(m.Type.Name())
		}
	}
	return made
}

func (s *sender) valid(name string) any {
	if values := schema.Types[name].EnumValues; values != nil {
		return enum(values[0].Name)
	}
	value, ok := object{
		"EmailAddress": s.user.Email, "Password": s.user.Password, "NewPassword": "Fresh-Horse-1", "ApiKey": "key",
		"ColumnIndex": 1, "LocalTime": "21:00",
	}[name]
	if !ok {
		s.t.Fatalf("add a valid value of the type %s here", name)
	}
	return value
}

// literal formats a value in a document.
func (s *sender) literal(value any) string {
	switch value := value.(type) {
	case enum:
		return string(value)
	case object:
		var fields []string
		for name, member := range value {
			fields = append(fields, name+": "+s.literal(member))
		}
		return "{" + strings.Join(fields, " ") + "}"
	}
	return testserver.JSON(s.t, value)
}

// eachInput calls send with valid values that have a secret canary, and with invalid
// ones that have a canary anywhere.
func (s *sender) eachInput(list members, send func(path string, values object, valid bool)) {
	types, secret := typesByPath(list, ""), false
	for _, path := range slices.Sorted(maps.Keys(types)) {
		if isSecret(types[path]) {
			secret = true
			canary := s.next()
			send(path, s.values(list, "", path, canary), true)
			search(s.t, "the database", s.allRows(), canary) // a later request may replace it
		}
		for _, canary := range []any{s.next() + strings.Repeat("z", 600), []string{s.next()}, s.next() + "\x00"} {
			send(path, s.values(list, "", path, canary), false)
		}
	}
	if !secret {
		send("", s.values(list, "", "", nil), true)
	}
}

// graphQLInput sends canaries in every input of every field of Query and Mutation, as
// variables and as literals, and selects everything.
func (s *sender) graphQLInput() {
	for field, of := range testserver.Fields() {
		if of == schema.Query || of == schema.Mutation {
			s.rootInput(strings.ToLower(of.Name), field)
			continue
		}
		for path, name := range typesByPath(field.Arguments, "") {
			if isSecret(name) {
				s.t.Errorf("no canary for the argument %s of %s.%s", path, of.Name, field.Name)
			}
		}
	}
}

func (s *sender) rootInput(operation string, field *ast.FieldDefinition) {
	selection := "{" + testserver.AllFields(field.Type.Name()) + "}"
	s.eachInput(field.Arguments, func(path string, values object, valid bool) {
		var variables, arguments, literals string
		for _, m := range field.Arguments {
			variables += fmt.Sprintf(" $%s: %s", m.Name, m.Type)
			arguments += fmt.Sprintf(" %s: $%[1]s", m.Name)
			if value, ok := values[m.Name]; ok {
				literals += fmt.Sprintf(" %s: %s", m.Name, s.literal(value))
			}
		}
		for _, response := range []string{
			s.graphql(operation+in(variables)+"{"+field.Name+in(arguments)+selection+"}", values),
			s.graphql(operation+"{"+field.Name+in(literals)+selection+"}", nil),
		} {
			if valid && s.user.Role == "admin" && (strings.Contains(response, "BAD_USER_INPUT") || strings.Contains(response, "GRAPHQL_")) {
				s.t.Errorf("%s with a canary at %q: %s", field.Name, path, response)
			}
		}
	})
}

// in puts a list in parentheses, which an empty list must not have.
func in(list string) string {
	if list == "" {
		return ""
	}
	return "(" + list + ")"
}

// bodyRoutes returns the routes below /api that may have a body.
func (s *sender) bodyRoutes() [][2]string {
	return slices.DeleteFunc(s.server.Routes(s.t), func(route [2]string) bool {
		return route[0] == http.MethodGet || !strings.HasPrefix(route[1], "/api/")
	})
}

// restInput sends canaries in every variable of every stored document to every route.
func (s *sender) restInput() {
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
		var variables members
		for _, v := range doc.Operations[0].VariableDefinitions {
			variables = append(variables, &ast.ArgumentDefinition{Name: v.Variable, Type: v.Type, DefaultValue: v.DefaultValue})
		}
		s.eachInput(variables, func(path string, values object, valid bool) {
			for name, value := range values {
				if value, ok := value.(enum); ok {
					values[name] = strings.ToLower(string(value))
				}
			}
			accepted := false
			for _, route := range s.bodyRoutes() {
				response := s.send(route[0], route[1], testserver.JSON(s.t, values))
				accepted = accepted || !strings.Contains(response, apperr.UnknownField.In(apperr.Spanish))
			}
			if valid && path != "" && s.user.Role == "admin" && !accepted {
				s.t.Errorf("no route has the fields of %s", file)
			}
		})
	}
	s.send(http.MethodGet, "/api/perfil/integraciones", "")
}
