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

// document is a stored GraphQL document with what the shim reads off it.
type document struct {
	text string
	// root is the document's only field at the top, such as
	// "Mutation.setPmsIntegration", and access what the schema says of it.
	root   string
	access access
	// variables are the fields of a body, in the document's order.
	variables []variable
	// inputVariables are the variables that arguments take their values from, by
	// the argument's path: password_nueva for "input.newPassword".
	inputVariables map[string]string
	// payload is the key of a mutation's payload; empty in a query.
	payload string
}

// load reads the stored document with the given name and checks it against the
// schema.
func load(name string, schema *ast.Schema) (*document, error) {
	text, err := documents.ReadFile("documents/" + name + ".graphql")
	if err != nil {
		return nil, err
	}
	return parse(string(text), schema)
}

// parse takes documents of one operation with one root field, of variables that
// the shim can check, and of mutations that ask for the userErrors.
func parse(text string, schema *ast.Schema) (*document, error) {
	parsed, errs := gqlparser.LoadQueryWithRules(schema, text, rules.NewDefaultRules())
	if len(errs) > 0 {
		return nil, errs
	}
	if len(parsed.Operations) != 1 {
		return nil, errors.New("a stored document has one operation")
	}
	operation := parsed.Operations[0]
	root, err := onlyField(operation.SelectionSet)
	if err != nil {
		return nil, err
	}
	d := &document{text: text, root: root.ObjectDefinition.Name + "." + root.Name, inputVariables: make(map[string]string)}
	if d.access, err = accessOf(root.Definition.Directives); err != nil {
		return nil, fmt.Errorf("%s: %w", root.Name, err)
	}
	for _, argument := range root.Arguments {
		d.follow(argument.Name, argument.Value)
	}
	for _, definition := range operation.VariableDefinitions {
		v, err := newVariable(definition, schema)
		if err != nil {
			return nil, fmt.Errorf("$%s: %w", definition.Variable, err)
		}
		d.variables = append(d.variables, v)
	}
	if operation.Operation == ast.Mutation {
		d.payload = root.Alias
		return d, asksForUserErrors(root.SelectionSet)
	}
	return d, nil
}

func onlyField(set ast.SelectionSet) (*ast.Field, error) {
	if len(set) == 1 {
		if field, ok := set[0].(*ast.Field); ok {
			return field, nil
		}
	}
	return nil, errors.New("a stored document has one root field")
}

// follow notes which variables feed an argument and what is inside it.
func (d *document) follow(path string, value *ast.Value) {
	if value.Kind == ast.Variable {
		d.inputVariables[path] = value.Raw
	}
	for _, child := range value.Children {
		d.follow(path+"."+child.Name, child.Value)
	}
}

// asksForUserErrors makes sure that no refusal passes for a success.
func asksForUserErrors(payload ast.SelectionSet) error {
	asked := selected(selected(payload)["userErrors"])
	if asked["code"] == nil || asked["field"] == nil || asked["message"] == nil {
		return errors.New("a stored mutation asks for userErrors { code field message }")
	}
	return nil
}

// selected gives what is selected inside each field, by the field's name in the
// answer; what is selected inside a leaf is empty, not nil.
func selected(set ast.SelectionSet) map[string]ast.SelectionSet {
	fields := make(map[string]ast.SelectionSet)
	for _, selection := range set {
		if field, ok := selection.(*ast.Field); ok && field.Alias == field.Name {
			fields[field.Alias] = append(ast.SelectionSet{}, field.SelectionSet...)
		}
	}
	return fields
}

func (d *document) isMutation() bool { return d.payload != "" }

// rejection is the error of a mutation that was rejected, nil when it was not.
func (d *document) rejection(data object) error {
	if !d.isMutation() {
		return nil
	}
	var rejected *httpError
	for _, entry := range data[d.payload].(object)["userErrors"].([]any) {
		rejected = rejected.add(d.userError(entry.(object)))
	}
	if rejected == nil {
		return nil
	}
	return rejected
}

// userError maps an entry of userErrors to an error about the field of the body.
func (d *document) userError(entry object) *httpError {
	var path []string
	for _, step := range entry["field"].([]any) {
		path = append(path, step.(string))
	}
	code, message := apperr.UserErrorCode(entry["code"].(string)), entry["message"].(string)
	return fromUserError(code, message, d.inputVariables[strings.Join(path, ".")])
}
