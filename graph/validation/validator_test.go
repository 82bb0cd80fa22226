package validation_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/stay-sidekick/profile-server/graph/validation"
	"github.com/stay-sidekick/profile-server/internal/problem"
)

// loadSchema reads the product's schema.
var loadSchema = sync.OnceValue(func() *ast.Schema {
	text, err := os.ReadFile("../../schema.graphqls")
	if err != nil {
		panic(err)
	}
	return gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
})

func check(t *testing.T, open bool, query string) gqlerror.List {
	t.Helper()
	doc, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		t.Fatalf("the test's own document does not parse: %v", err)
	}
	return validation.New(loadSchema(), open).Document(doc)
}

// faulty holds a document for every rule, with "hunter2" wherever the client's
// own text could slip into an answer, and what a developer is told.
var faulty = []struct{ name, query, says string }{
	{"unknown field", `{me{hunter2}}`, "This field does not exist on the type User."},
	{"misspelt field", `{me{emial hunter2:id}}`, "This field does not exist on the type User. Did you mean email?"},
	{"unknown root field", `{hunter2}`, "This field does not exist on the type Query."},
	{"unknown argument", `{me(hunter2:1){id}}`, "An argument is given where none exists."},
	{"misspelt argument", `mutation{login(inputs:{email:"hunter2"},input:{email:"a",password:"b"}){token}}`, "An argument is given that does not exist here: use input."},
	{"unknown argument of a directive", `{me@include(hunter2:1,if:true){id}}`, "An argument is given that does not exist here: use if."},
	{"missing argument", `mutation hunter2{login{token}}`, "A required argument is missing: input: LoginInput!."},
	{"missing argument of a directive", `query hunter2{me@include{id}}`, "A required argument is missing: if: Boolean!."},
	{"unknown directive", `{me@hunter2{id}}`, "This directive does not exist or may not be used here."},
	{"misplaced directive", `query hunter2@include(if:true){me{id}}`, "This directive does not exist or may not be used here."},
	{"directive twice", `{me@include(if:true)@include(if:true){hunter2:id}}`, "This directive may be used only once at a place."},
	{"unknown fragment", `{...hunter2}`, "This fragment is not defined in the document."},
	{"unused fragment", `{me{id}}fragment hunter2 on User{id}`, "This fragment is never used."},
	{"fragment on a scalar", `{...hunter2}fragment hunter2 on String{id}`, "A fragment must be on an object, an interface or a union."},
	{"inline fragment on an enum", `query hunter2{...on Role{id}}`, "A fragment must be on an object, an interface or a union."},
	{"fragment that cannot apply", `{...hunter2}fragment hunter2 on User{id}`, "This fragment can never apply here."},
	{"fragments with one name", `{...hunter2}fragment hunter2 on Query{me{id}}fragment hunter2 on Query{me{id}}`, "Another fragment has the same name."},
	{"fragment within itself", `{...hunter2}fragment hunter2 on Query{me{id}...hunter2}`, "A fragment must not contain itself."},
	{"unknown type", `query($hunter2:Hunter2){me{id}}`, "This type does not exist."},
	{"misspelt type", `{...hunter2}fragment hunter2 on Querry{me{id}}`, "This type does not exist. Did you mean Query?"},
	{"unknown type of an inline fragment", `{...on Hunter2{me{id}}}`, "This type does not exist."},
	{"variable of an output type", `query($hunter2:User){me{id}}`, "A variable must be of an input type."},
	{"unused variable", `query($hunter2:String){me{id}}`, "This variable is never used."},
	{"undefined variable", `query hunter2{me@include(if:$hunter2){id}}`, "This variable is not defined by the operation."},
	{"variable of another type", `query($hunter2:String!){me@include(if:$hunter2){id}}`, "This variable is not of the type Boolean! that is expected here."},
	{"variable twice", `query($hunter2:Boolean!,$hunter2:Boolean!){me@include(if:$hunter2){id}}`, "This variable is defined twice."},
	{"operation without a name among others", `{me{id}} query hunter2{me{id}}`, "An operation without a name must be the only one in the document."},
	{"operations with one name", `query hunter2{me{id}} query hunter2{me{id}}`, "Another operation has the same name."},
	{"subscription", `subscription hunter2{me{id}}`, "The schema has no operation of this kind."},
	{"selection of a scalar", `query hunter2{me{email{x}}}`, "This field is of the type String!, which has no fields to select."},
	{"no selection of an object", `query hunter2{me}`, "This field is of the type User! and needs a selection of its fields, in braces."},
	{"fields that do not merge", `{me{hunter2:id hunter2:email}}`, "Another field has the same name in the answer and is not the same field with the same arguments: use an alias."},
	{"argument twice", `mutation{removePmsIntegration(hunter2:1,hunter2:2){company{id}}}`, "This argument is given twice."},
	{"input field twice", `mutation{login(input:{email:"hunter2",email:"hunter2",password:"x"}){token}}`, "This input field is given twice."},
	{"string for an object", `mutation{login(input:"hunter2"){token}}`, "A value of the type LoginInput! is expected here."},
	{"name for an object", `mutation{login(input:hunter2){token}}`, "A value of the type LoginInput! is expected here."},
	{"list for an object", `mutation{login(input:["hunter2"]){token}}`, "A value of the type LoginInput! is expected here."},
	{"name for a scalar", `mutation{login(input:{email:"a",password:hunter2}){token}}`, "A value of the type Password! is expected here."},
	{"null for an object", `mutation hunter2{login(input:null){token}}`, "A value of the type LoginInput! is expected here."},
	{"string for a boolean", `{me@include(if:"hunter2"){id}}`, "A value of the type Boolean! is expected here."},
	{"missing input fields", `mutation hunter2{login(input:{}){token}}`, "The input object LoginInput needs email and password."},
	{"missing input field", `mutation{login(input:{email:"hunter2"}){token}}`, "The input object LoginInput needs password."},
	{"unknown input field", `mutation{login(input:{email:"a",password:"b",hunter2:"hunter2"}){token}}`, "This field does not exist on the input object LoginInput."},
	{"misspelt input field", `mutation{login(input:{email:"a",password:"b",pasword:"hunter2"}){token}}`, "This field does not exist on the input object LoginInput. Did you mean password?"},
	{"unknown enum value", `mutation{setPmsIntegration(input:{provider:hunter2,apiKey:"x"}){company{id}}}`, "This is not a value of the enum PmsProvider: use SMOOBU, BEDS24, HOSTAWAY or CLOUDBEDS."},
	{"string for an enum", `mutation{setPmsIntegration(input:{provider:"hunter2",apiKey:"x"}){company{id}}}`, "This is not a value of the enum PmsProvider: use SMOOBU, BEDS24, HOSTAWAY or CLOUDBEDS."},
	{"deep introspection", `query hunter2{__schema{types{fields{type{fields{type{fields{name}}}}}}}}`, "The introspection is nested too deeply."},
}

func TestFaultsAreToldInWordsOfTheSchema(t *testing.T) {
	for _, c := range faulty {
		t.Run(c.name, func(t *testing.T) {
			errs := check(t, true, c.query)
			var said []string
			for _, err := range errs {
				if err.Extensions["code"] != string(problem.ValidationFailed) || len(err.Locations) != 1 {
					t.Errorf("%+v has no code or not one place", err)
				}
				said = append(said, err.Message)
			}
			if all := strings.Join(said, "\n"); !strings.Contains(all, c.says) {
				t.Errorf("for %s got %q, want %q", c.query, all, c.says)
			}
		})
	}
}

func TestFaultsNeverQuoteTheDocument(t *testing.T) {
	for _, c := range faulty {
		for _, open := range []bool{true, false} {
			for _, err := range check(t, open, c.query) {
				if strings.Contains(strings.ToLower(fmt.Sprintf("%v %v %v", err.Message, err.Path, err.Extensions)), "hunter2") {
					t.Errorf("for %s the answer quotes: %s", c.query, err.Message)
				}
			}
		}
	}
}

func TestFaultsTellNothingOfAClosedSchema(t *testing.T) {
	for _, c := range faulty {
		errs := check(t, false, c.query)
		if len(errs) != 1 || errs[0].Message != "The document does not fit the schema." || errs[0].Locations != nil {
			t.Errorf("for %s got %v", c.query, errs)
		}
	}
}

func TestClosedSchemaDoesNotTellAKnownNameFromAnUnknownOne(t *testing.T) {
	for name, pair := range map[string][2]string{
		"types of variables":              {`query($x:PmsProvider){me{id}}`, `query($x:PmsProvidor){me{id}}`},
		"types of variables in use":       {`query($x:PmsProvider){__typename@skip(if:$x)}`, `query($x:PmsProvidor){__typename@skip(if:$x)}`},
		"types of lists in use":           {`query($x:[PmsProvider!]){__typename@skip(if:$x)}`, `query($x:[PmsProvidor!]){__typename@skip(if:$x)}`},
		"output types of variables":       {`query($x:Company){__typename@skip(if:$x)}`, `query($x:Kompanie){__typename@skip(if:$x)}`},
		"types of fragments":              {`{...on Company{zzz}}`, `{...on Kompanie{zzz}}`},
		"types of inline fragments":       {`{...on Company{__typename}}`, `{...on Kompanie{__typename}}`},
		"types of spread fragments":       {`{...f}fragment f on Company{__typename}`, `{...f}fragment f on Kompanie{__typename}`},
		"types of fragments on two lines": {"{\n...f}\nfragment f on Company{__typename}", "{\n...f}\nfragment f on Kompanie{__typename}"},
		"types of unused fragments":       {`{me{id}}fragment f on Company{zzz}`, `{me{id}}fragment f on Kompanie{zzz}`},
		"values of enums":                 {`query($x:PmsProvider=SMOOBU){__typename@skip(if:$x)}`, `query($x:PmsProvider=SMOOBO){__typename@skip(if:$x)}`},
		"values of unused enums":          {`query($x:PmsProvider=SMOOBU){__typename}`, `query($x:PmsProvider=SMOOBO){__typename}`},
		"fields of input objects":         {`query($x:LoginInput={email:1}){__typename}`, `query($x:LoginInput={eimal:1}){__typename}`},
		"directives":                      {`query@admin{me{id}}`, `query@nimda{me{id}}`},
		"arguments of directives":         {`{__typename@skip(if:1)}`, `{__typename@skip(fi:1)}`},
		"arguments":                       {`mutation{login(input:1){zzz}}`, `mutation{login(inptu:1){zzz}}`},
		"objects without selection":       {`{me}`, `{em}`},
		"fields with a selection":         {`{me{email{zzz}}}`, `{me{emial{zzz}}}`},
		"several names":                   {`query($x:PmsProvider,$y:AiProvider){__typename}`, `query($x:PmsProvidor,$y:AiProvidor){__typename}`},
	} {
		t.Run(name, func(t *testing.T) {
			known, unknown := check(t, false, pair[0]), check(t, false, pair[1])
			if len(known) == 0 || !reflect.DeepEqual(known, unknown) {
				t.Errorf("%v differs from %v", known, unknown)
			}
		})
	}
}

func TestFaultsComeOnceInOrderAndNotWithoutEnd(t *testing.T) {
	errs := check(t, true, "{me{\nb a b...f...f}}fragment f on User{\nc}query q{me{...f}}")
	var lines []int
	for _, err := range errs {
		lines = append(lines, err.Locations[0].Line*100+err.Locations[0].Column)
	}
	for i := 1; i < len(lines); i++ {
		if lines[i] < lines[i-1] {
			t.Errorf("out of order: %v", lines)
		}
	}
	if n := strings.Count(fmt.Sprint(errs), "3:1: This field does not exist"); n != 1 {
		t.Errorf("a fault in a fragment that is spread three times is reported %d times: %v", n, errs)
	}
	if errs := check(t, true, "{"+strings.Repeat("zzz ", 500)+"}"); len(errs) > 20 {
		t.Errorf("%d errors", len(errs))
	}
}

func TestLongNamesGetNoSuggestions(t *testing.T) {
	const short, long = "SaveLateCheckInConfigPayloadXXXXXXXXXXXX", "SaveLateCheckInConfigPayloadXXXXXXXXXXXXX"
	if errs := check(t, true, "{...on "+short+"{a}}"); !strings.Contains(fmt.Sprint(errs), "Did you mean SaveLateCheckInConfigPayload") {
		t.Errorf("40 characters: %v", errs)
	}
	if errs := check(t, true, "{...on "+long+"{a}}"); strings.Contains(fmt.Sprint(errs), "Did you mean") {
		t.Errorf("41 characters: %v", errs)
	}
}

func TestEveryRuleHasItsSentence(t *testing.T) {
	covered := map[string]bool{
		"SingleFieldSubscriptions": true, // there is no subscription
		"ScalarsAreNotNames":       true, // is not gqlparser's
	}
	for _, c := range faulty {
		doc, err := parser.ParseQuery(&ast.Source{Input: c.query})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range validator.ValidateWithRules(loadSchema(), doc, nil) {
			covered[e.Rule] = true
		}
		for _, e := range check(t, true, c.query) {
			if e.Message == "The document does not fit the schema at this place." {
				t.Errorf("%s breaks a rule without a sentence of its own", c.query)
			}
		}
	}
	if len(covered) != validation.Rules() {
		t.Errorf("the cases cover %d of %d rules: %v", len(covered), validation.Rules(), covered)
	}
}

func TestValidDocumentsPass(t *testing.T) {
	for _, query := range []string{
		`{me{...on User{id}...f __typename}}fragment f on User{company{name}}`,
		`mutation($p:Password!,$skip:Boolean=false){login(input:{email:"a@example.com",password:$p}){token@skip(if:$skip)}}`,
		`mutation($i:SetAiIntegrationInput!){a:setAiIntegration(input:$i){company{id}}b:removeAiIntegration{userErrors{code}}}`,
	} {
		if errs := check(t, true, query); errs != nil {
			t.Errorf("%s: %v", query, errs)
		}
	}
}
