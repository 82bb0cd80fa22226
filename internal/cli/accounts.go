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

const maxCompanyName = 200

// CreateCompany creates a company and its first administrator.
type CreateCompany struct {
	Name       string `required:"" help:"The company's name, at most 200 characters."`
	AdminEmail string `required:"" help:"The e-mail address of its first administrator."`
}

// Run prints the company's id and the administrator's temporary password.
func (c *CreateCompany) Run(g *Globals) error {
	email, err := emailFlag("--admin-email", c.AdminEmail)
	if err != nil {
		return err
	}
	name := strings.TrimSpace(c.Name)
	if name == "" || utf8.RuneCountInString(name) > maxCompanyName || strings.ContainsFunc(name, unprintable) {
		return fmt.Errorf("--name must be 1 to %d characters on one line, in UTF-8", maxCompanyName)
	}
	s, err := open(g)
	if err != nil {
		return err
	}
	defer s.close()
	id, password, err := s.app.Accounts.CreateCompany(g.Context, name, email.LowerCase())
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(g.Out, "company %s: %s\n", id, name)
	return printPassword(g, email.LowerCase(), password)
}

// unprintable reports whether r is a control character or replaces a byte that is
// not UTF-8.
func unprintable(r rune) bool { return r == utf8.RuneError || unicode.IsControl(r) }

// CreateUser creates an account.
type CreateUser struct {
	Company string `required:"" help:"The company's id or name."`
	Email   string `required:"" help:"The e-mail address to sign in with."`
	Role    string `required:"" enum:"admin,operator" help:"admin or operator."`
}

var roles = map[string]auth.Role{"admin": auth.Admin, "operator": auth.Operator}

// Run prints the account's temporary password.
func (c *CreateUser) Run(g *Globals) error {
	email, err := emailFlag("--email", c.Email)
	if err != nil {
		return err
	}
	s, err := open(g)
	if err != nil {
		return err
	}
	defer s.close()
	password, err := s.app.Accounts.CreateUser(g.Context, c.Company, account.NewUser{Email: email.LowerCase(), Role: roles[c.Role]})
	if err != nil {
		return err
	}
	return printPassword(g, email.LowerCase(), password)
}

// ResetPassword gives an account a temporary password.
type ResetPassword struct {
	Email string `required:"" help:"The account's e-mail address, in upper or lower case."`
}

// Run prints the temporary password.
func (c *ResetPassword) Run(g *Globals) error {
	email, err := emailFlag("--email", c.Email)
	if err != nil {
		return err
	}
	s, err := open(g)
	if err != nil {
		return err
	}
	defer s.close()
	stored, password, err := s.app.Accounts.ResetPassword(g.Context, string(email))
	if err != nil {
		return err
	}
	return printPassword(g, stored, password)
}

func emailFlag(flag, value string) (email scalar.EmailAddress, err error) {
	if err := email.UnmarshalGQL(value); err != nil {
		return "", fmt.Errorf("%s: %w", flag, err)
	}
	return email, nil
}

func printPassword(g *Globals, email, password string) error {
	_, err := fmt.Fprintf(g.Out, "account %s\ntemporary password, printed only once; the user must change it: %s\n", email, password)
	return err
}
