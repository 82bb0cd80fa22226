package scalar

import (
	"strings"
	"unicode/utf8"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

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
