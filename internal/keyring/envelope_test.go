package keyring_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
)

// A holder of the key can sign any body, and so can a faulty writer. A short one must not
// cause a panic.
func TestSignedBodyThatIsNoCiphertextIsRejected(t *testing.T) {
	r, iv := mustRing(t, primaryText), []byte("TEST-ONLY iv 001")
	whole := append(header(499162800, iv), make([]byte, 64)...)
	for n := range whole {
		wantNotDecryptable(t, r, sign([]byte(primaryText), whole[:n]))
	}
	block := func(last byte) []byte { return append(bytes.Repeat([]byte{'a'}, 15), last) }
	for name, padded := range map[string][]byte{
		"no padding":               block(0),
		"longer than a block":      bytes.Repeat([]byte{17}, 32),
		"longer than the text":     block(200),
		"unequal bytes":            block(2),
		"a whole text of 32 bytes": bytes.Repeat([]byte{32}, 32),
	} {
		t.Run(name, func(t *testing.T) { wantNotDecryptable(t, r, encryptPadded([]byte(primaryText), 0, iv, padded)) })
	}
	valid := encryptPadded([]byte(primaryText), 0, iv, block(1))
	body, err := base64.URLEncoding.DecodeString(valid)
	if text, decryptErr := r.Decrypt(valid); err != nil || decryptErr != nil || text != strings.Repeat("a", 15) {
		t.Errorf("a valid body: %q, %v, %v", text, err, decryptErr)
	}
	body[0] = 0x81 // another version
	wantNotDecryptable(t, r, sign([]byte(primaryText), body[:len(body)-sha256.Size]))
}

func TestOtherEncodingsOfACiphertextAreRejected(t *testing.T) {
	r := mustRing(t, primaryText)
	ciphertext := mustEncrypt(t, r, "sk-test") // 73 bytes: two characters of padding
	if !strings.HasSuffix(ciphertext, "==") {
		t.Fatalf("unexpected ciphertext %q", ciphertext)
	}
	last := len(ciphertext) - 3
	for name, other := range map[string]string{
		"empty":                   "",
		"garbage after it":        ciphertext + "AAAA",
		"another one after it":    ciphertext + ciphertext,
		"without padding":         strings.TrimRight(ciphertext, "="),
		"a line break in it":      ciphertext[:40] + "\n" + ciphertext[40:],
		"a carriage return after": ciphertext + "\r",
		"a space before it":       " " + ciphertext,
		"spare bits set":          ciphertext[:last] + string(next(ciphertext[last])) + "==",
		"standard alphabet":       strings.NewReplacer("-", "+", "_", "/").Replace("-_" + ciphertext),
		"not base64":              strings.Repeat("%", len(ciphertext)),
	} {
		t.Run(name, func(t *testing.T) { wantNotDecryptable(t, r, other) })
	}
}

// next returns the next character of the base64 alphabet. c, the last character
// before the padding ==, has four spare bits of zero: it is A, Q, g or w.
func next(c byte) byte { return c + 1 }

func FuzzDecrypt(f *testing.F) {
	r := mustRing(f, primaryText, oldText)
	f.Add([]byte(mustEncrypt(f, r, "sk-test")), false)
	f.Add([]byte{0x80}, true)
	f.Add(append(header(0, make([]byte, 16)), make([]byte, 16)...), true)
	f.Fuzz(func(t *testing.T, data []byte, isBody bool) {
		ciphertext := string(data)
		if isBody {
			ciphertext = sign([]byte(oldText), data)
		}
		plaintext, err := r.Decrypt(ciphertext)
		if err != nil {
			wantNotDecryptable(t, r, ciphertext)
			return
		}
		// A ciphertext that is accepted is exactly the one of the specification.
		index, _ := r.KeyIndex(ciphertext)
		encryptedAt, iv := timestampAndIV(t, ciphertext)
		if want := encryptAt([]byte([]string{primaryText, oldText}[index]), encryptedAt, iv, plaintext); ciphertext != want {
			t.Fatalf("%s decrypts to %q, whose ciphertext is %s", ciphertext, plaintext, want)
		}
	})
}
