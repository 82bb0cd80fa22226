package rest

import (
	"embed"
	"net/http"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

//go:embed documents/*.graphql
var documents embed.FS

// document is a stored GraphQL document. It has one operation with one root field. A
// mutation selects its userErrors.
type document struct {
	text string
	// access is the strictest access directive of all fields in the document; guarded
	// is the first field that has it, such as "Mutation.setPmsIntegration".
	access  access
	guarded string
	// variables are the fields of a request body, in the document's order.
	variables []variable
	// inputVariables maps the path of the root field's argument or input field to its
	// variable: "input.newPassword" to "password_nueva".
	inputVariables map[string]string
	// payload is the response name of a mutation's root field; empty in a query.
	payload string
}

// load parses the stored document with the given name.
func load(name string, schema *ast.Schema) (*document, error) {
	text, err := documents.ReadFile("documents/" + name + ".graphql")
	if err != nil {
		return nil, err
	}
	return parse(string(text), schema)
}

// parse returns an error if a document is not valid for the schema, or if it has a
// variable of a type that coerce cannot check.
func parse(text string, schema *ast.Schema) (*document, error) {
	parsed, errs := gqlparser.LoadQueryWithRules(schema, text, rules.NewDefaultRules())
	if len(errs) > 0 {
		return nil, errs
	}
	operation := parsed.Operations[0]
	root := operation.SelectionSet[0].(*ast.Field)
	d := &document{text: text, inputVariables: make(map[string]string)}
	if operation.Operation == ast.Mutation {
		d.payload = root.Alias
	}
	directives := make(map[string]ast.DirectiveList)
	events := &core.Events{}
	events.OnField(func(_ *core.Walker, field *ast.Field) {
		d.require(field, schema)
		for _, argument := range field.Arguments {
			of := field.Definition.Arguments.ForName(argument.Name).Directives
			eachVariable(argument.Name, argument.Value, of, func(path, variable string, of ast.DirectiveList) {
				directives[variable] = append(directives[variable], of...)
				if field == root {
					d.inputVariables[path] = variable
				}
			})
		}
	})
	validator.Walk(schema, parsed, events)
	for _, definition := range operation.VariableDefinitions {
		v := variable{definition, directives[definition.Variable]}
		if err := v.validate(); err != nil {
			return nil, err
		}
		d.variables = append(d.variables, v)
	}
	return d, nil
}

// eachVariable calls found for each variable in the value of an argument, with the path
// and the directives of the argument or input field that it is the value of.
func eachVariable(path string, value *ast.Value, directives ast.DirectiveList, found func(path, variable string, directives ast.DirectiveList)) {
	if value.Kind == ast.Variable {
		found(path, value.Raw, directives)
	}
	for _, child := range value.Children {
		var of ast.DirectiveList
		if value.Kind == ast.ObjectValue {
			of = value.Definition.Fields.ForName(child.Name).Directives
		}
		eachVariable(path+"."+child.Name, child.Value, of, found)
	}
}

func (d *document) isMutation() bool { return d.payload != "" }

// userErrors returns the userErrors in a mutation's data as one error, or nil if
// there are none.
func (d *document) userErrors(data object) error {
	if !d.isMutation() {
		return nil
	}
	entries := data[d.payload].(object)["userErrors"].([]any)
	if len(entries) == 0 {
		return nil
	}
	failed := &httpError{status: http.StatusUnprocessableEntity}
	for _, entry := range entries {
		entry := entry.(object)
		message := entry["message"].(string)
		var path []string
		for _, step := range entry["field"].([]any) {
			path = append(path, step.(string))
		}
		switch apperr.UserErrorCode(entry["code"].(string)) {
		case apperr.InvalidCredentials:
			failed.status = http.StatusUnauthorized
		case apperr.WrongPassword: // legacy clients show this message above the form
		default:
			if field := d.inputVariables[strings.Join(path, ".")]; field != "" {
				message = field + ": " + message
			}
		}
		failed.messages = append(failed.messages, message)
	}
	return failed
}
