package rest

import (
	"embed"
	"errors"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

//go:embed documents/*.graphql
var documents embed.FS

// document is a stored GraphQL document.
type document struct {
	text string
	// access is the strictest access directive of all fields in the document; guarded
	// is the first field that has it.
	access  access
	guarded string
	// variables are the fields of a request body, in the document's order.
	variables []variable
	// inputVariables maps the path of an argument or input field to its variable:
	// "input.newPassword" to "password_nueva".
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

// parse validates a document against the schema. It returns an error unless the
// document has one operation with one root field, each variable has a type that
// coerce can check, and a mutation selects its userErrors.
func parse(text string, schema *ast.Schema) (*document, error) {
	parsed, errs := gqlparser.LoadQueryWithRules(schema, text, rules.NewDefaultRules())
	if len(errs) > 0 {
		return nil, errs
	}
	if len(parsed.Operations) != 1 {
		return nil, errors.New("a stored document must have one operation")
	}
	operation := parsed.Operations[0]
	root, err := onlyField(operation.SelectionSet)
	if err != nil {
		return nil, err
	}
	if accessOf(root.Definition) == undefined {
		return nil, fmt.Errorf("%s: the field must have one of @public, @authenticated and @admin", root.Name)
	}
	d := &document{text: text, inputVariables: make(map[string]string)}
	d.access, d.guarded = strictestAccess(parsed, schema)
	for _, argument := range root.Arguments {
		d.collectInputVariables(argument.Name, argument.Value)
	}
	directives := inputDirectives(operation.SelectionSet)
	for _, definition := range operation.VariableDefinitions {
		v, err := newVariable(definition, schema, directives[definition.Variable])
		if err != nil {
			return nil, fmt.Errorf("$%s: %w", definition.Variable, err)
		}
		d.variables = append(d.variables, v)
	}
	if operation.Operation == ast.Mutation {
		d.payload = root.Alias
		return d, checkSelectsUserErrors(root.SelectionSet)
	}
	return d, nil
}

func onlyField(set ast.SelectionSet) (*ast.Field, error) {
	if len(set) == 1 {
		if field, ok := set[0].(*ast.Field); ok {
			return field, nil
		}
	}
	return nil, errors.New("a stored document must have one root field")
}

// collectInputVariables adds the variables in an argument's value to
// inputVariables.
func (d *document) collectInputVariables(path string, value *ast.Value) {
	if value.Kind == ast.Variable {
		d.inputVariables[path] = value.Raw
	}
	for _, child := range value.Children {
		d.collectInputVariables(path+"."+child.Name, child.Value)
	}
}

// checkSelectsUserErrors returns an error unless a payload selects all of its
// userErrors: a rejected mutation would otherwise look like a success.
func checkSelectsUserErrors(payload ast.SelectionSet) error {
	fields := subselections(subselections(payload)["userErrors"])
	if fields["code"] == nil || fields["field"] == nil || fields["message"] == nil {
		return errors.New("a stored mutation must select userErrors { code field message }")
	}
	return nil
}

// subselections returns the selection set of each field without an alias, by name.
// That of a leaf is empty, not nil.
func subselections(set ast.SelectionSet) map[string]ast.SelectionSet {
	fields := make(map[string]ast.SelectionSet)
	for _, selection := range set {
		if field, ok := selection.(*ast.Field); ok && field.Alias == field.Name {
			fields[field.Alias] = append(ast.SelectionSet{}, field.SelectionSet...)
		}
	}
	return fields
}

func (d *document) isMutation() bool { return d.payload != "" }

// userErrors returns the userErrors in a mutation's data as one error, or nil if
// there are none.
func (d *document) userErrors(data object) error {
	if !d.isMutation() {
		return nil
	}
	var errs *httpError
	for _, entry := range data[d.payload].(object)["userErrors"].([]any) {
		errs = errs.add(d.userError(entry.(object)))
	}
	if errs == nil {
		return nil
	}
	return errs
}

// userError maps an entry of userErrors to an error of the field in the request
// body.
func (d *document) userError(entry object) *httpError {
	var path []string
	for _, step := range entry["field"].([]any) {
		path = append(path, step.(string))
	}
	code, message := apperr.UserErrorCode(entry["code"].(string)), entry["message"].(string)
	return newUserError(code, message, d.inputVariables[strings.Join(path, ".")])
}
