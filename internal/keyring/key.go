package keyring

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/fernet/fernet-go"
)

// keyLength is the length of an encoded key: 32 bytes in padded base64.
const keyLength = 44

// redacted replaces a key in every output.
const redacted = "[redacted]"

var errKeyFormat = errors.New("must be a Fernet key: 44 characters of base64, ending in =, for 32 bytes")

// urlSafe converts the standard alphabet of base64 to the URL-safe one.
var urlSafe = strings.NewReplacer("+", "-", "/", "_")

// Key is a Fernet key: 16 bytes that sign and 16 that encrypt. ParseKey and
// GenerateKey return one; the zero Key panics when it is used.
//
// A Key prints as "[redacted]" in every format and log.
type Key struct {
	// A function, because fmt follows pointers and does not call the methods of
	// unexported fields: a struct with such a field prints an address.
	reveal func() *fernet.Key
}

func newKey(k *fernet.Key) Key {
	return Key{func() *fernet.Key { return k }}
}

// ParseKey parses a key in the format of Python's Fernet.generate_key. Like Python it
// accepts both alphabets of base64. It rejects other lengths and hexadecimal. The
// error describes the format and never quotes s.
func ParseKey(s string) (Key, error) {
	if len(s) != keyLength {
		return Key{}, errKeyFormat
	}
	// Not Strict: Python ignores the two spare bits of the last character, and a
	// key that it accepts must be accepted here.
	b, err := base64.URLEncoding.DecodeString(urlSafe.Replace(s))
	if err != nil || len(b) != len(fernet.Key{}) {
		return Key{}, errKeyFormat
	}
	k := fernet.Key(b)
	return newKey(&k), nil
}

// GenerateKey returns a new random key.
func GenerateKey() (Key, error) {
	k := new(fernet.Key)
	if err := k.Generate(); err != nil {
		return Key{}, err
	}
	return newKey(k), nil
}

// Encoded returns the 44 characters that ParseKey parses. It is the only way to
// print a key.
func (k Key) Encoded() string { return k.reveal().Encode() }

// Format writes "[redacted]" for every verb.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText returns what Format writes; encoding/json and log/slog call it.
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }
