package scalar

import (
	"io"
	"strings"
	"unicode"

	"github.com/99designs/gqlgen/graphql"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

const emailMaxLength = 254

// EmailAddress is an e-mail address without surrounding white space, of at most 254
// characters, in the upper and lower case that was typed. It has one @ between two
// non-empty parts, without white space and control characters.
type EmailAddress string

// LowerCase returns the form in which this service stores accounts.
func (e EmailAddress) LowerCase() string { return strings.ToLower(string(e)) }

// UnmarshalGQL trims and checks v.
func (e *EmailAddress) UnmarshalGQL(v any) error {
	s, err := textOf(v)
	if err != nil {
		return err
	}
	s = strings.TrimSpace(s)
	if err := checkLength(s, 0, emailMaxLength); err != nil {
		return err
	}
	if !looksLikeEmail(s) {
		return invalid(apperr.MustBeEmail)
	}
	*e = EmailAddress(s)
	return nil
}

// MarshalGQL writes the address as a JSON string.
func (e EmailAddress) MarshalGQL(w io.Writer) {
	graphql.MarshalString(string(e)).MarshalGQL(w)
}

func looksLikeEmail(s string) bool {
	local, domain, found := strings.Cut(s, "@")
	return found && local != "" && domain != "" &&
		!strings.Contains(domain, "@") &&
		!strings.ContainsFunc(s, isSpaceOrControl)
}

func isSpaceOrControl(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
