package keyring

import (
	"encoding/base64"
	"errors"
	"log/slog"

	"github.com/fernet/fernet-go"
)

// keyLength is the length of a written key: 32 bytes in padded base64.
const keyLength = 44

// redacted stands for a key wherever one would be printed.
const redacted = "[redacted]"

var errKeyFormat = errors.New("must be a Fernet key: 44 characters of URL-safe base64 " +
	"(letters, digits, - and _, ending in =) for 32 bytes")

// Key is a Fernet key: 16 bytes that sign and 16 that encrypt. Only ParseKey
// and GenerateKey make one; using the zero Key panics.
//
// It prints as "[redacted]" in every format and log.
type Key struct {
	// A function, because fmt follows pointers, but cannot call methods on
	// unexported fields: a struct that holds a Key there shows an address.
	reveal func() *fernet.Key
}

func newKey(k *fernet.Key) Key {
	return Key{func() *fernet.Key { return k }}
}

// ParseKey reads a key as Python's Fernet.generate_key writes it. Shorter,
// longer, hexadecimal and standard-alphabet (+ and /) spellings are refused.
// The error says what a key looks like and never quotes s.
func ParseKey(s string) (Key, error) {
	if len(s) != keyLength {
		return Key{}, errKeyFormat
	}
	// Not Strict: Python ignores the two spare bits of the last character, so
	// a hand-typed key that works there must mean the same here.
	b, err := base64.URLEncoding.DecodeString(s)
	if err != nil || len(b) != len(fernet.Key{}) {
		return Key{}, errKeyFormat
	}
	k := fernet.Key(b)
	return newKey(&k), nil
}

// GenerateKey makes a new random key.
func GenerateKey() (Key, error) {
	k := new(fernet.Key)
	if err := k.Generate(); err != nil {
		return Key{}, err
	}
	return newKey(k), nil
}

// Encoded returns the 44 characters that ParseKey reads. It is the only way to
// see a key, and meant for the command that makes one.
func (k Key) Encoded() string { return k.reveal().Encode() }

func (Key) String() string   { return redacted }
func (Key) GoString() string { return redacted }

// LogValue implements slog.LogValuer.
func (Key) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler, which JSON uses too.
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }
