package scalar

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

const (
	passwordMaxLength    = 128
	newPasswordMinLength = 8
	newPasswordMaxBytes  = 72 // bcrypt does not use more
	apiKeyMaxLength      = 500
)

// Password is a password to compare with the stored hash: 1 to 128 characters.
// Input only.
type Password struct{ secret }

// UnmarshalGQL checks v.
func (p *Password) UnmarshalGQL(v any) error {
	s, err := textWithin(v, 1, passwordMaxLength)
	if err != nil {
		return err
	}
	p.secret = newSecret(s)
	return nil
}

// MarshalGQL writes null; the schema has Password only in input types.
func (p Password) MarshalGQL(w io.Writer) { p.writeNull(w) }

// NewPassword is a password to store: 8 to 128 characters and at most 72 bytes.
// Input only.
type NewPassword struct{ secret }

// UnmarshalGQL checks v.
func (p *NewPassword) UnmarshalGQL(v any) error {
	s, err := textWithin(v, newPasswordMinLength, passwordMaxLength)
	if err != nil {
		return err
	}
	if len(s) > newPasswordMaxBytes {
		return invalid(apperr.MustHaveBytesUpTo, newPasswordMaxBytes)
	}
	p.secret = newSecret(s)
	return nil
}

// MarshalGQL writes null; the schema has NewPassword only in input types.
func (p NewPassword) MarshalGQL(w io.Writer) { p.writeNull(w) }

// ApiKey is the API key of a PMS or AI provider: 1 to 500 characters. Input only.
type ApiKey struct{ secret }

// UnmarshalGQL checks v.
func (k *ApiKey) UnmarshalGQL(v any) error {
	s, err := textWithin(v, 1, apiKeyMaxLength)
	if err != nil {
		return err
	}
	k.secret = newSecret(s)
	return nil
}

// MarshalGQL writes null; the schema has ApiKey only in input types.
func (k ApiKey) MarshalGQL(w io.Writer) { k.writeNull(w) }

const redacted = "[redacted]"

// secret is text that only Reveal returns. Printing, logging or encoding it writes
// "[redacted]". The value is a pointer because fmt does not call the methods of an
// unexported struct field: it then prints an address instead of the text.
type secret struct{ value *string }

func newSecret(s string) secret { return secret{value: &s} }

// Reveal returns the text, "" for the zero value.
func (s secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// String returns "[redacted]".
func (s secret) String() string { return redacted }

// GoString returns "[redacted]".
func (s secret) GoString() string { return redacted }

// Format writes "[redacted]" for every verb.
func (s secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue returns "[redacted]".
func (s secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[redacted]"; encoding/json calls it too.
func (s secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

func (s secret) writeNull(w io.Writer) { _, _ = io.WriteString(w, "null") }
