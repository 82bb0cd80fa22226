package limit

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// repeatNumbered formats piece with 0 to n-1.
func repeatNumbered(n int, piece string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, piece, i)
	}
	return b.String()
}

// nestFields returns a chain of fields.
func nestFields(fields int) string {
	return strings.Repeat("{a", fields) + strings.Repeat("}", fields)
}

// nestOfType returns an introspection with a chain of fields.
func nestOfType(fields int) string {
	return `{__type(name:"User")` + strings.Repeat("{ofType", fields-2) + "{name}" + strings.Repeat("}", fields-2) + "}"
}

// Clients rely on the limits in docs/limits.md.
func TestDefaultLimitsAreTheDocumentedOnes(t *testing.T) {
	const signIn, change = `login(input:{email:"a@example.com",password:"b"}){token}`, `changePassword(input:{currentPassword:"a",newPassword:"Another-Horse-2"}){token}`
	d := newDocuments(loadSchema(), Default())
	for name, c := range map[string]struct{ fits, exceeds, says string }{
		"tokens":                 {"{me{id}}" + strings.Repeat("#\n", 1494), "{me{id}}" + strings.Repeat("#\n", 1495), "longer than 1500 tokens"},
		"name":                   {"{me{" + strings.Repeat("x", 100) + ":id}}", "{me{" + strings.Repeat("x", 101) + ":id}}", "longer than 100 characters"},
		"operations":             {repeatNumbered(20, "query q%d{me{id}}"), repeatNumbered(21, "query q%d{me{id}}"), "more than 20 operations"},
		"fragments":              {"{me{" + repeatNumbered(50, "...f%d ") + "}}" + repeatNumbered(50, "fragment f%d on User{id}"), "{me{" + repeatNumbered(51, "...f%d ") + "}}" + repeatNumbered(51, "fragment f%d on User{id}"), "more than 50 fragments"},
		"directives":             {"{me{" + strings.Repeat("id@skip(if:false)", 50) + "}}", "{me{" + strings.Repeat("id@skip(if:false)", 51) + "}}", "more than 50 directives"},
		"root fields":            {"{" + strings.Repeat("me{id}", 10) + "}", "{" + strings.Repeat("me{id}", 11) + "}", "more than 10 root fields"},
		"aliases":                {"{me{" + strings.Repeat("a:id ", 15) + "}}", "{me{" + strings.Repeat("a:id ", 16) + "}}", "More than 15 fields have an alias"},
		"complexity":             {"{me{" + strings.Repeat("id ", 199) + "}}", "{me{" + strings.Repeat("id ", 200) + "}}", "complexity is above 200"},
		"introspection, depth":   {nestOfType(16), nestOfType(17), "introspection is nested deeper than 16"},
		"introspection, fields":  {"{__schema{types{" + strings.Repeat("name ", 298) + "}}}", "{__schema{types{" + strings.Repeat("name ", 299) + "}}}", "introspection selects more than 300"},
		"introspection, aliases": {`{__type(name:"User"){a:name b:name}}`, `{__type(name:"User"){a:name b:name c:name}}`, "More than 2 fields of the introspection"},
		"__schema":               {`{__schema{types{name}}__type(name:"User"){name}}`, `{__schema{types{name}}__schema{types{name}}}`, "at most 1 times"},
		"__type":                 {"{" + repeatNumbered(10, `a%d:__type(name:"User"){name}`) + "}", "{" + repeatNumbered(11, `a%d:__type(name:"User"){name}`) + "}", "more than 10 root fields"},
		"connections": {"{me{company{auditLog{nodes{id}}a:auditLog{nodes{id}}}}}",
			"{me{company{auditLog{nodes{id}}a:auditLog{nodes{id}}b:auditLog{nodes{id}}}}}", "at most 2 connections"},
		"login":          {"mutation{" + signIn + change + "}", "mutation{" + signIn + "a:" + signIn + "}", "login at most 1 times"},
		"changePassword": {"mutation{" + change + "}", "mutation{" + change + "a:" + change + "}", "changePassword at most 1 times"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, errs := d.check(c.fits); errs != nil {
				t.Errorf("refused %s: %v", c.fits, errs)
			}
			_, errs := d.check(c.exceeds)
			if len(errs) != 1 || errs[0].Extensions["code"] != string(apperr.ComplexityLimitExceeded) || !strings.Contains(errs[0].Message, c.says) {
				t.Errorf("for %s got %v, want %q", c.exceeds, errs, c.says)
			}
		})
	}
	for name, c := range map[string]struct{ fits, exceeds, says string }{ // the schema has no chain of this depth
		"depth":              {nestFields(10), nestFields(11), "deeper than 10 levels"},
		"nesting of a value": {"{a(x:" + strings.Repeat("[", 10) + strings.Repeat("]", 10) + ")}", "{a(x:" + strings.Repeat("[", 11) + strings.Repeat("]", 11) + ")}", "deeper than 10 levels"},
		"nesting of a type":  {"query($x:" + strings.Repeat("[", 10) + "T" + strings.Repeat("]", 10) + "){a}", "query($x:" + strings.Repeat("[", 11) + "T" + strings.Repeat("]", 11) + "){a}", "deeper than 10 levels"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := checkAll(t, Default(), c.fits); err != nil {
				t.Errorf("refused %s: %v", c.fits, err)
			}
			if err := checkAll(t, Default(), c.exceeds); apperr.CodeOf(err) != apperr.ComplexityLimitExceeded || !strings.Contains(err.Error(), c.says) {
				t.Errorf("for %s got %v, want %q", c.exceeds, err, c.says)
			}
		})
	}
}
