package keyring_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/keyring"
)

// A holder of the key can sign anything, and so can a fault in a writer.
func TestASignedBodyOfAnyLengthNeverPanics(t *testing.T) {
	r := mustRing(t, primaryText)
	whole := append(header(499162800, []byte("TEST-ONLY iv 001")), make([]byte, 64)...)
	for n := range whole {
		refuses(t, r, signed([]byte(primaryText), whole[:n]))
	}
}

func TestASignedTokenWithWrongPaddingIsRefused(t *testing.T) {
	r := mustRing(t, primaryText)
	block := func(last byte) []byte { return append(bytes.Repeat([]byte{'a'}, 15), last) }
	for name, padded := range map[string][]byte{
		"no padding":               block(0),
		"longer than a block":      bytes.Repeat([]byte{17}, 32),
		"longer than the text":     block(200),
		"unequal bytes":            block(2),
		"a whole text of 32 bytes": bytes.Repeat([]byte{32}, 32),
	} {
		t.Run(name, func(t *testing.T) {
			refuses(t, r, sealPadded([]byte(primaryText), 0, []byte("TEST-ONLY iv 001"), padded))
		})
	}
}

func TestASignedTokenOfAnotherVersionIsRefused(t *testing.T) {
	body := append(header(0, []byte("TEST-ONLY iv 001")), make([]byte, 16)...)
	body[0] = 0x81
	refuses(t, mustRing(t, primaryText), signed([]byte(primaryText), body))
}

func TestATokenHasOneSpelling(t *testing.T) {
	r := mustRing(t, primaryText)
	token := mustEncrypt(t, r, "sk-test") // 73 bytes: two characters of padding
	if !strings.HasSuffix(token, "==") {
		t.Fatalf("unexpected token %q", token)
	}
	last := len(token) - 3
	for name, other := range map[string]string{
		"empty":                   "",
		"garbage after it":        token + "AAAA",
		"another token after it":  token + token,
		"without padding":         strings.TrimRight(token, "="),
		"a line break in it":      token[:40] + "\n" + token[40:],
		"a carriage return after": token + "\r",
		"a space before it":       " " + token,
		"spare bits set":          token[:last] + string(next(token[last])) + "==",
		"standard alphabet":       strings.NewReplacer("-", "+", "_", "/").Replace("-_" + token),
		"not base64":              strings.Repeat("%", len(token)),
	} {
		t.Run(name, func(t *testing.T) { refuses(t, r, other) })
	}
}

// next returns the following character of the base64 alphabet. The last
// character of two padded ones carries four spare bits of zero, so it is one of
// A, Q, g and w.
func next(c byte) byte { return c + 1 }

func FuzzDecrypt(f *testing.F) {
	var file pythonFile
	readJSON(f, "testdata/python_tokens.json", &file)
	for _, tok := range file.Tokens {
		f.Add([]byte(tok.Token), false)
	}
	var vectors specFile
	readJSON(f, "testdata/spec_vectors.json", &vectors)
	for _, v := range vectors.Invalid {
		f.Add([]byte(v.Token), false)
	}
	f.Add([]byte{0x80}, true)
	f.Add(append(header(0, make([]byte, 16)), make([]byte, 16)...), true)

	r := mustRing(f, primaryText, oldText)
	f.Fuzz(func(t *testing.T, data []byte, sign bool) {
		token := string(data)
		if sign {
			token = signed([]byte(oldText), data)
		}
		plaintext, err := r.Decrypt(token)
		index, ok := r.KeyIndex(token)
		if ok != (err == nil) {
			t.Fatalf("KeyIndex says %v, Decrypt says %v", ok, err)
		}
		if err != nil {
			if !errors.Is(err, keyring.ErrUndecryptable) || plaintext != "" {
				t.Fatalf("Decrypt = %q, %v", plaintext, err)
			}
			return
		}
		// Whatever opens is exactly what the specification makes of its text.
		madeAt, iv := parts(t, token)
		key := []string{primaryText, oldText}[index]
		if want := seal([]byte(key), madeAt, iv, plaintext); token != want {
			t.Fatalf("%s opens as %q, which is %s", token, plaintext, want)
		}
	})
}
