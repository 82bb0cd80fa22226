package scalar

import (
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

const (
	emailMaxLength     = 254
	modelNameMaxLength = 100
)

// LocalTime is a time of day in the company's time zone: HH:MM in ASCII digits,
// 00:00 to 23:59.
type LocalTime string

var timeOfDay = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

// UnmarshalGQL checks v.
func (t *LocalTime) UnmarshalGQL(v any) error {
	return unmarshalMatch(t, v, timeOfDay, apperr.MustBeTimeOfDay)
}

// MarshalGQL writes the time as a JSON string.
func (t LocalTime) MarshalGQL(w io.Writer) { graphql.MarshalString(string(t)).MarshalGQL(w) }

// ColumnLetters is the name of a spreadsheet column: A to ZZ in either case, kept
// as sent. An unset column is null, not "".
type ColumnLetters string

var oneOrTwoLetters = regexp.MustCompile(`^[A-Za-z]{1,2}$`)

// UnmarshalGQL checks v.
func (c *ColumnLetters) UnmarshalGQL(v any) error {
	return unmarshalMatch(c, v, oneOrTwoLetters, apperr.MustBeColumnLetters)
}

// MarshalGQL writes the letters as a JSON string.
func (c ColumnLetters) MarshalGQL(w io.Writer) { graphql.MarshalString(string(c)).MarshalGQL(w) }

// ModelName is the name of an AI model: 0 to 100 characters, kept as sent.
type ModelName string

// UnmarshalGQL checks v.
func (m *ModelName) UnmarshalGQL(v any) error {
	s, err := textWithin(v, 0, modelNameMaxLength)
	if err != nil {
		return err
	}
	*m = ModelName(s)
	return nil
}

// MarshalGQL writes the name as a JSON string.
func (m ModelName) MarshalGQL(w io.Writer) { graphql.MarshalString(string(m)).MarshalGQL(w) }

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
	local, domain, _ := strings.Cut(s, "@")
	if local == "" || domain == "" || strings.Contains(domain, "@") || strings.ContainsFunc(s, isSpaceOrControl) {
		return invalid(apperr.MustBeEmail)
	}
	*e = EmailAddress(s)
	return nil
}

// MarshalGQL writes the address as a JSON string.
func (e EmailAddress) MarshalGQL(w io.Writer) { graphql.MarshalString(string(e)).MarshalGQL(w) }

func isSpaceOrControl(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

// unmarshalMatch sets target to v, or returns an error with the message unless v is
// text that matches the pattern.
func unmarshalMatch[T ~string](target *T, v any, pattern *regexp.Regexp, message apperr.Message) error {
	s, err := textOf(v)
	if err != nil {
		return err
	}
	if !pattern.MatchString(s) {
		return invalid(message)
	}
	*target = T(s)
	return nil
}

// textOf returns v, or an error unless v is valid text for every text scalar: UTF-8
// without U+0000, which PostgreSQL rejects, and without U+FFFD, which replaces what
// was not valid Unicode in JSON.
func textOf(v any) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", invalid(apperr.MustBeText)
	}
	if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\uFFFD") {
		return "", invalid(apperr.MustBeUnicode)
	}
	return s, nil
}

// textWithin is textOf for text of minLength to maxLength characters.
func textWithin(v any, minLength, maxLength int) (string, error) {
	s, err := textOf(v)
	if err != nil {
		return "", err
	}
	return s, checkLength(s, minLength, maxLength)
}

func checkLength(s string, minLength, maxLength int) error {
	n := utf8.RuneCountInString(s)
	switch {
	case minLength <= n && n <= maxLength:
		return nil
	case minLength == 0:
		return invalid(apperr.MustHaveLengthUpTo, maxLength)
	}
	return invalid(apperr.MustHaveLength, minLength, maxLength)
}
