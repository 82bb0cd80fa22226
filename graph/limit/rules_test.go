package limit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

func validate(t *testing.T, introspection bool, query string) gqlerror.List {
	t.Helper()
	limits := Default()
	limits.Introspection = introspection
	return newDocuments(loadSchema(), limits).validate(parse(t, query))
}

// violations has a document for every rule, with "hunter2" wherever a message could
// quote the document.
var violations = []struct{ name, query string }{
	{"unknown field", `{me{hunter2}}`},
	{"misspelt field", `{me{emial hunter2:id}}`},
	{"unknown argument", `{me(hunter2:1){id}}`},
	{"misspelt argument", `mutation{login(inputs:{email:"hunter2"},input:{email:"a@example.com",password:"b"}){token}}`},
	{"missing argument", `mutation hunter2{login{token}}`},
	{"unknown directive", `{me@hunter2{id}}`},
	{"misplaced directive", `query hunter2@include(if:true){me{id}}`},
	{"directive twice", `{me@include(if:true)@include(if:true){hunter2:id}}`},
	{"unknown fragment", `{...hunter2}`},
	{"unused fragment", `{me{id}}fragment hunter2 on User{id}`},
	{"fragment on a scalar", `{...hunter2}fragment hunter2 on String{id}`},
	{"fragment that cannot apply", `{...hunter2}fragment hunter2 on User{id}`},
	{"fragments with one name", `{...hunter2}fragment hunter2 on Query{me{id}}fragment hunter2 on Query{me{id}}`},
	{"fragment within itself", `{...hunter2}fragment hunter2 on Query{me{id}...hunter2}`},
	{"unknown type", `query($hunter2:Hunter2){me{id}}`},
	{"variable of an output type", `query($hunter2:User){me{id}}`},
	{"unused variable", `query($hunter2:String){me{id}}`},
	{"undefined variable", `query hunter2{me@include(if:$hunter2){id}}`},
	{"variable of another type", `query($hunter2:String!){me@include(if:$hunter2){id}}`},
	{"variable twice", `query($hunter2:Boolean!,$hunter2:Boolean!){me@include(if:$hunter2){id}}`},
	{"operation without a name among others", `{me{id}} query hunter2{me{id}}`},
	{"operations with one name", `query hunter2{me{id}} query hunter2{me{id}}`},
	{"subscription", `subscription hunter2{me{id}}`},
	{"selection of a scalar", `query hunter2{me{email{x}}}`},
	{"no selection of an object", `query hunter2{me}`},
	{"fields that do not merge", `{me{hunter2:id hunter2:email}}`},
	{"argument twice", `mutation{removePmsIntegration(hunter2:1,hunter2:2){company{id}}}`},
	{"input field twice", `mutation{login(input:{email:"a@hunter2.com",email:"a@hunter2.com",password:"x"}){token}}`},
	{"name for a scalar", `mutation{login(input:{email:"a@example.com",password:hunter2}){token}}`},
	{"string for a boolean", `{me@include(if:"hunter2"){id}}`},
	{"missing input fields", `mutation hunter2{login(input:{}){token}}`},
	{"unknown input field", `mutation{login(input:{email:"a@example.com",password:"b",hunter2:"hunter2"}){token}}`},
	{"unknown enum value", `mutation{setPmsIntegration(input:{provider:hunter2,apiKey:"x"}){company{id}}}`},
	{"number that is too large", `query hunter2{me{company{auditLog(first:2147483648){nodes{id}}}}}`},
	{"deep introspection", `query hunter2{__schema{types{fields{type{fields{type{fields{name}}}}}}}}`},
}

func TestViolationHasTheMessageOfItsRuleAndALocation(t *testing.T) {
	var texts []string
	for _, message := range apperr.RuleMessages {
		texts = append(texts, message.In(apperr.English))
	}
	for _, c := range violations {
		errs := validate(t, true, c.query)
		if len(errs) == 0 {
			t.Errorf("%s passes: %s", c.name, c.query)
		}
		for _, err := range errs {
			if err.Extensions["code"] != string(apperr.ValidationFailed) || len(err.Locations) != 1 || err.Locations[0].Line == 0 || !slices.Contains(texts, err.Message) {
				t.Errorf("%s: %+v", c.name, err)
			}
			if strings.Contains(strings.ToLower(fmt.Sprintf("%v %v %v", err.Message, err.Path, err.Extensions)), "hunter2") {
				t.Errorf("for %s got a message that quotes the document: %s", c.query, err.Message)
			}
		}
		// The number, message and location of errors would reveal names of the schema.
		errs = validate(t, false, c.query)
		if len(errs) != 1 || errs[0].Message != "The document does not match the schema." || errs[0].Locations != nil || errs[0].Path != nil || len(errs[0].Extensions) != 1 {
			t.Errorf("without introspection, for %s got %+v", c.query, errs)
		}
	}
}

func TestViolationsAreUniqueOrderedAndAtMost20(t *testing.T) {
	errs := validate(t, true, "{me{\nb a b...f...f}}fragment f on User{\nc}query q{me{...f}}")
	isOrdered := slices.IsSortedFunc(errs, func(a, b *gqlerror.Error) int {
		return cmp.Or(cmp.Compare(a.Locations[0].Line, b.Locations[0].Line), cmp.Compare(a.Locations[0].Column, b.Locations[0].Column))
	})
	if n := strings.Count(fmt.Sprint(errs), "3:1: This field does not exist"); n != 1 || !isOrdered {
		t.Errorf("an error in a fragment that is spread three times is reported %d times, ordered: %t: %v", n, isOrdered, errs)
	}
	if errs := validate(t, true, "{"+strings.Repeat("zzz ", 500)+"}"); len(errs) > 20 {
		t.Errorf("%d errors", len(errs))
	}
}

func TestLiteralMustBeAValueOfItsScalar(t *testing.T) {
	const save, columns = `saveLateCheckInConfig(input:{cutoff:VALUE}){company{id}}`, `saveApartmentColumns(input:{externalId:VALUE,name:0}){company{id}}`
	for name, c := range map[string]struct {
		query string // with VALUE in place of the literal
		good  []string
		bad   map[string]string
	}{
		"text":             {"mutation{" + save + "}", []string{`"20:00"`, `"""20:00"""`}, map[string]string{`"24:00"`: "LocalTime must be a time", "7": "LocalTime must be text.", `["20:00"]`: "LocalTime must be text.", "{hunter2:1}": "LocalTime must be text."}},
		"a number":         {"mutation{" + columns + "}", []string{"0", "200"}, map[string]string{"201": "ColumnIndex must be a number from 0 to 200.", "1.5": "ColumnIndex must be an integer.", `"1"`: "ColumnIndex must be an integer."}},
		"a default":        {`mutation($v:LocalTime!=VALUE){` + strings.Replace(save, "VALUE", "$v", 1) + "}", []string{`"20:00"`}, map[string]string{`"hunter2"`: "LocalTime must be a time"}},
		"in a default":     {`mutation($v:SaveLateCheckInConfigInput!={cutoff:VALUE}){saveLateCheckInConfig(input:$v){company{id}}}`, []string{`"20:00"`}, map[string]string{`"hunter2"`: "LocalTime must be a time"}},
		"in any operation": {"query a{me{id}} mutation b{" + save + "}", []string{`"20:00"`}, map[string]string{`"24:00"`: "LocalTime must be a time"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, value := range c.good {
				if errs := validate(t, true, strings.Replace(c.query, "VALUE", value, 1)); errs != nil {
					t.Errorf("%s: %v", value, errs)
				}
			}
			for value, says := range c.bad {
				for _, introspection := range []bool{true, false} {
					errs := validate(t, introspection, strings.Replace(c.query, "VALUE", value, 1))
					if len(errs) != 1 || errs[0].Extensions["code"] != string(apperr.BadUserInput) || len(errs[0].Locations) != 1 || !strings.HasPrefix(errs[0].Message, says) {
						t.Errorf("%s: %v, want %q", value, errs, says)
					}
				}
			}
		})
	}
}

func TestViolationsCoverEveryRule(t *testing.T) {
	covered := map[string]bool{
		"SingleFieldSubscriptions": true, // the schema has no subscription
		"IntsHave32Bits":           true, // not a rule of gqlparser
		"ScalarsAreNotNames":       true, // likewise
		"ScalarsFollowTheirRules":  true, // likewise
	}
	for _, c := range violations {
		for _, e := range validator.ValidateWithRules(loadSchema(), parse(t, c.query), nil) {
			covered[e.Rule] = true
		}
	}
	if len(covered) != len(ruleSet()) {
		t.Errorf("the cases cover %d of %d rules: %v", len(covered), len(ruleSet()), covered)
	}
}
