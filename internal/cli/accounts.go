package cli

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/scalar"
)

// email is an e-mail address as a flag.
type email struct{ scalar.EmailAddress }

// UnmarshalText implements encoding.TextUnmarshaler.
func (e *email) UnmarshalText(text []byte) error { return e.UnmarshalGQL(string(text)) }

// companyName is the name of a company as a flag.
type companyName string

const maxCompanyName = 200

// UnmarshalText implements encoding.TextUnmarshaler.
func (n *companyName) UnmarshalText(text []byte) error {
	name := strings.TrimSpace(string(text))
	if name == "" || utf8.RuneCountInString(name) > maxCompanyName || strings.ContainsFunc(name, unprintable) {
		return fmt.Errorf("must be 1 to %d characters on one line, in UTF-8", maxCompanyName)
	}
	*n = companyName(name)
	return nil
}

// unprintable reports whether r is a control character or replaces a byte that is
// not UTF-8.
func unprintable(r rune) bool { return r == utf8.RuneError || unicode.IsControl(r) }

// CreateCompany creates a company and its first administrator.
type CreateCompany struct {
	Name       companyName `required:"" help:"The company's name, at most 200 characters."`
	AdminEmail email       `required:"" help:"The e-mail address of its first administrator."`
}

// Run prints the company's id and the administrator's temporary password.
func (c *CreateCompany) Run(g *Globals, s *session) error {
	id, password, err := s.app.Accounts.CreateCompany(g.Context, string(c.Name), c.AdminEmail.LowerCase())
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(g.Out, "company %s: %s\n", id, c.Name)
	return printPassword(g, c.AdminEmail.LowerCase(), password)
}

// CreateUser creates an account.
type CreateUser struct {
	Company string `required:"" help:"The company's id or name."`
	Email   email  `required:"" help:"The e-mail address to sign in with."`
	Role    string `required:"" enum:"admin,operator" help:"admin or operator."`
}

var roles = map[string]auth.Role{"admin": auth.Admin, "operator": auth.Operator}

// Run prints the account's temporary password.
func (c *CreateUser) Run(g *Globals, s *session) error {
	user := account.NewUser{Email: c.Email.LowerCase(), Role: roles[c.Role]}
	password, err := s.app.Accounts.CreateUser(g.Context, c.Company, user)
	if err != nil {
		return err
	}
	return printPassword(g, user.Email, password)
}

// ResetPassword gives an account a temporary password.
type ResetPassword struct {
	Email email `required:"" help:"The account's e-mail address, in upper or lower case."`
}

// Run prints the temporary password.
func (c *ResetPassword) Run(g *Globals, s *session) error {
	stored, password, err := s.app.Accounts.ResetPassword(g.Context, string(c.Email.EmailAddress))
	if err != nil {
		return err
	}
	return printPassword(g, stored, password)
}

func printPassword(g *Globals, email, password string) error {
	_, err := fmt.Fprintf(g.Out, "account %s\ntemporary password, printed only once; the user must change it: %s\n", email, password)
	return err
}
