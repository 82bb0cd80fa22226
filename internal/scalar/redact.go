package scalar

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// secret holds text that only Reveal gives out: printing, logging or encoding
// it shows "[redacted]". The value sits behind a pointer because fmt prints an
// unexported field of a struct without asking for its methods, and then shows
// an address instead of the text.
type secret struct{ value *string }

func conceal(s string) secret { return secret{value: &s} }

// Reveal returns the value; "" for the zero value.
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

// MarshalText returns "[redacted]"; encoding/json uses it too.
func (s secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

func (s secret) writeNull(w io.Writer) { _, _ = io.WriteString(w, "null") }
