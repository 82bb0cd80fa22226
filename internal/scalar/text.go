package scalar

import (
	"strings"
	"unicode/utf8"
)

// textOf returns v when it is sound text: what the rules of every text scalar
// start from.
func textOf(scalar string, v any) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", broken(scalar, Text)
	}
	if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\uFFFD") {
		return "", broken(scalar, Characters)
	}
	return s, nil
}

// textWithin returns v when it is sound text of lowest to highest characters.
func textWithin(scalar string, v any, lowest, highest int) (string, error) {
	s, err := textOf(scalar, v)
	if err != nil {
		return "", err
	}
	return s, checkLength(scalar, s, lowest, highest)
}

func checkLength(scalar, s string, lowest, highest int) error {
	if n := utf8.RuneCountInString(s); n < lowest || n > highest {
		return outside(scalar, Length, lowest, highest)
	}
	return nil
}
