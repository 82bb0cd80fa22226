package scalar

import (
	"strings"
	"unicode/utf8"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// textOf returns v when it is sound text: what the rules of every text scalar
// start from.
func textOf(v any) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", rejected(apperr.MustBeText)
	}
	if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\uFFFD") {
		return "", rejected(apperr.MustBeUnicode)
	}
	return s, nil
}

// textWithin returns v when it is sound text of lowest to highest characters.
func textWithin(v any, lowest, highest int) (string, error) {
	s, err := textOf(v)
	if err != nil {
		return "", err
	}
	return s, checkLength(s, lowest, highest)
}

func checkLength(s string, lowest, highest int) error {
	n := utf8.RuneCountInString(s)
	switch {
	case lowest <= n && n <= highest:
		return nil
	case lowest == 0:
		return rejected(apperr.MustHaveLengthUpTo, highest)
	}
	return rejected(apperr.MustHaveLength, lowest, highest)
}
