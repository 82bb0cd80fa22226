package scalar

import (
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// LocalTime is a time of day in the company's time zone: HH:MM in ASCII digits,
// 00:00 to 23:59.
type LocalTime string

var timeOfDay = matching(`([01][0-9]|2[0-3]):[0-5][0-9]`, apperr.MustBeTimeOfDay)

// UnmarshalGQL checks v.
func (t *LocalTime) UnmarshalGQL(v any) error { return unmarshal(t, v, timeOfDay) }

// MarshalGQL writes the time as a JSON string.
func (t LocalTime) MarshalGQL(w io.Writer) { graphql.MarshalString(string(t)).MarshalGQL(w) }

// ColumnLetters is the name of a spreadsheet column: A to ZZ in either case, kept
// as sent. An unset column is null, not "".
type ColumnLetters string

var oneOrTwoLetters = matching(`[A-Za-z]{1,2}`, apperr.MustBeColumnLetters)

// UnmarshalGQL checks v.
func (c *ColumnLetters) UnmarshalGQL(v any) error { return unmarshal(c, v, oneOrTwoLetters) }

// MarshalGQL writes the letters as a JSON string.
func (c ColumnLetters) MarshalGQL(w io.Writer) { graphql.MarshalString(string(c)).MarshalGQL(w) }

// AccountId is the id of an account at a PMS: 1 to 64 letters of ASCII, digits, "-" and
// "_", kept as sent. No provider documents a rule: Hostaway's ids are numbers today.
type AccountId string

var accountID = matching(`[A-Za-z0-9_-]*`, apperr.MustBeAccountID)

// UnmarshalGQL checks v.
func (a *AccountId) UnmarshalGQL(v any) error { return unmarshal(a, v, characters(1, 64), accountID) }

// MarshalGQL writes the id as a JSON string.
func (a AccountId) MarshalGQL(w io.Writer) { graphql.MarshalString(string(a)).MarshalGQL(w) }

// ModelName is the name of an AI model: 0 to 100 characters, kept as sent.
type ModelName string

// UnmarshalGQL checks v.
func (m *ModelName) UnmarshalGQL(v any) error { return unmarshal(m, v, characters(0, 100)) }

// MarshalGQL writes the name as a JSON string.
func (m ModelName) MarshalGQL(w io.Writer) { graphql.MarshalString(string(m)).MarshalGQL(w) }

// EmailAddress is an e-mail address without surrounding white space, of at most 254
// characters, in the upper and lower case that was typed. It has one @ between two
// non-empty parts, without white space and control characters.
type EmailAddress string

var emailAddress = matching(`[^@\p{Z}\p{Cc}]+@[^@\p{Z}\p{Cc}]+`, apperr.MustBeEmail)

// LowerCase returns the form in which this service stores accounts.
func (e EmailAddress) LowerCase() string { return strings.ToLower(string(e)) }

// UnmarshalGQL trims and checks v.
func (e *EmailAddress) UnmarshalGQL(v any) error {
	return unmarshal(e, v, trimmed(strings.TrimSpace), characters(0, 254), emailAddress)
}

// MarshalGQL writes the address as a JSON string.
func (e EmailAddress) MarshalGQL(w io.Writer) { graphql.MarshalString(string(e)).MarshalGQL(w) }

// unmarshal sets target to what the rules make of v. After an error target is unchanged.
func unmarshal[T ~string](target *T, v any, rules ...rule) error {
	s, err := textOf(v, rules...)
	if err == nil {
		*target = T(s)
	}
	return err
}

// rule returns the text that a scalar stores for valid text, which most rules return
// unchanged, or an error.
type rule func(s string) (string, error)

// textOf returns what the rules make of v, in their order. Text of every scalar is UTF-8
// without U+0000, which PostgreSQL rejects, and without U+FFFD, which replaces what was
// not valid Unicode in JSON.
func textOf(v any, rules ...rule) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", invalid(apperr.MustBeText)
	}
	if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\uFFFD") {
		return "", invalid(apperr.MustBeUnicode)
	}
	var err error
	for _, apply := range rules {
		if s, err = apply(s); err != nil {
			return "", err
		}
	}
	return s, nil
}

// trimmed is the rule for text that trim shortens.
func trimmed(trim func(string) string) rule {
	return func(s string) (string, error) { return trim(s), nil }
}

// matching is the rule for text that matches a pattern as a whole.
func matching(pattern string, message apperr.Message) rule {
	whole := regexp.MustCompile("^(" + pattern + ")$")
	return func(s string) (string, error) {
		if !whole.MatchString(s) {
			return "", invalid(message)
		}
		return s, nil
	}
}

// characters is the rule for text of minimum to maximum characters.
func characters(minimum, maximum int) rule {
	return func(s string) (string, error) {
		n := utf8.RuneCountInString(s)
		switch {
		case minimum <= n && n <= maximum:
			return s, nil
		case minimum == 0:
			return "", invalid(apperr.MustHaveLengthUpTo, maximum)
		}
		return "", invalid(apperr.MustHaveLength, minimum, maximum)
	}
}
