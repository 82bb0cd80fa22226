package scalar

import (
	"io"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

const accountIDMaxLength = 64

// AccountId is the id of an account at a PMS: 1 to 64 letters of ASCII, digits, "-" and
// "_", kept as sent. No provider documents a rule: Hostaway's ids are numbers today.
type AccountId string

// UnmarshalGQL checks v.
func (a *AccountId) UnmarshalGQL(v any) error {
	s, err := textWithin(v, 1, accountIDMaxLength)
	if err != nil {
		return err
	}
	if strings.ContainsFunc(s, func(r rune) bool { return !isAccountIDRune(r) }) {
		return invalid(apperr.MustBeAccountID)
	}
	*a = AccountId(s)
	return nil
}

// MarshalGQL writes the id as a JSON string.
func (a AccountId) MarshalGQL(w io.Writer) {
	graphql.MarshalString(string(a)).MarshalGQL(w)
}

func isAccountIDRune(r rune) bool {
	return 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_'
}
