package scalar

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// Password is a password to compare with the stored hash: 1 to 128 characters.
// Input only.
type Password struct{ secret }

// UnmarshalGQL checks v.
func (p *Password) UnmarshalGQL(v any) error { return p.unmarshal(v, characters(1, 128)) }

// MarshalGQL writes null; the schema has Password only in input types.
func (p Password) MarshalGQL(w io.Writer) { p.writeNull(w) }

// NewPassword is a password to store: 8 to 128 characters and at most 72 bytes.
// Input only.
type NewPassword struct{ secret }

const newPasswordMaxBytes = 72 // bcrypt does not use more

// UnmarshalGQL checks v.
func (p *NewPassword) UnmarshalGQL(v any) error {
	return p.unmarshal(v, characters(8, 128), func(s string) (string, error) {
		if len(s) > newPasswordMaxBytes {
			return "", invalid(apperr.MustHaveBytesUpTo, newPasswordMaxBytes)
		}
		return s, nil
	})
}

// MarshalGQL writes null; the schema has NewPassword only in input types.
func (p NewPassword) MarshalGQL(w io.Writer) { p.writeNull(w) }

// ApiKey is the API key of a PMS or AI provider: 1 to 500 characters, without what
// people paste around it. Input only.
type ApiKey struct{ secret }

// UnmarshalGQL trims and checks v.
func (k *ApiKey) UnmarshalGQL(v any) error {
	return k.unmarshal(v, trimmed(trimAPIKey), characters(1, 500))
}

// MarshalGQL writes null; the schema has ApiKey only in input types.
func (k ApiKey) MarshalGQL(w io.Writer) { k.writeNull(w) }

// trimAPIKey removes white space, invisible characters and quotes at both ends, and
// a leading "Bearer". It keeps the characters inside.
func trimAPIKey(s string) string {
	const scheme = "bearer"
	s = strings.TrimFunc(s, surroundsKey)
	if len(s) < len(scheme) || !strings.EqualFold(s[:len(scheme)], scheme) {
		return s
	}
	key := strings.TrimLeftFunc(s[len(scheme):], surroundsKey)
	if key != "" && len(key) == len(s)-len(scheme) { // a key that starts with these letters
		return s
	}
	return key
}

// surroundsKey reports whether r is white space, a control character, an invisible
// one such as a BOM, or a quote.
func surroundsKey(r rune) bool {
	return unicode.In(r, unicode.Z, unicode.Cc, unicode.Cf, unicode.Pi, unicode.Pf) || strings.ContainsRune("\"'`", r)
}

const redacted = "[redacted]"

// secret is text that only Reveal returns. Printing, logging or encoding it writes
// "[redacted]". The value is a pointer because fmt does not call the methods of an
// unexported struct field: it then prints an address instead of the text.
type secret struct{ value *string }

func (s *secret) unmarshal(v any, rules ...rule) error {
	text, err := textOf(v, rules...)
	if err == nil {
		s.value = &text
	}
	return err
}

// Reveal returns the text, "" for the zero value.
func (s secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Format writes "[redacted]" for every verb.
func (s secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText returns "[redacted]"; encoding/json and log/slog call it, too.
func (s secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

func (s secret) writeNull(w io.Writer) { _, _ = io.WriteString(w, "null") }
