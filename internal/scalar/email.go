package scalar

import (
	"io"
	"strings"
	"unicode"

	"github.com/99designs/gqlgen/graphql"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

const emailMaxLength = 254

// EmailAddress is an e-mail address as accounts are stored and found by:
// without surrounding white space, in lower case, at most 254 characters. Only
// its outline is checked; whether mail arrives is not this server's concern.
type EmailAddress string

// UnmarshalGQL trims, lower-cases and checks v.
func (e *EmailAddress) UnmarshalGQL(v any) error {
	s, err := textOf(v)
	if err != nil {
		return err
	}
	s = strings.ToLower(strings.TrimSpace(s))
	if err := checkLength(s, 0, emailMaxLength); err != nil {
		return err
	}
	if !looksLikeEmail(s) {
		return rejected(apperr.MustBeEmail)
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
		!strings.ContainsFunc(s, spaceOrControl)
}

func spaceOrControl(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
