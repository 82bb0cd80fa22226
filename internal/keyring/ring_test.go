package keyring_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/keyring"
)

var plaintexts = map[string]string{
	"nothing":           "",
	"one byte":          "k",
	"one below a block": strings.Repeat("b", 15),
	"a block":           strings.Repeat("b", 16),
	"500 characters":    strings.Repeat("ñ", 500),
	"70,000 bytes":      strings.Repeat("x", 70_000),
	"multibyte":         "clave 鍵 🔑",
	"bytes, not UTF-8":  "\xff\x00\xfe",
}

func TestDecryptReturnsWhatEncryptGot(t *testing.T) {
	r := mustRing(t, primaryText)
	for name, plaintext := range plaintexts {
		t.Run(name, func(t *testing.T) {
			got, err := r.Decrypt(mustEncrypt(t, r, plaintext))
			if err != nil || got != plaintext {
				t.Errorf("Decrypt = %q, %v", got, err)
			}
		})
	}
}

func TestEncryptFollowsTheSpecification(t *testing.T) {
	r := mustRing(t, primaryText, oldText)
	before := uint64(time.Now().Unix())
	for name, plaintext := range plaintexts {
		t.Run(name, func(t *testing.T) {
			token := mustEncrypt(t, r, plaintext)
			madeAt, iv := parts(t, token)
			if want := seal([]byte(primaryText), madeAt, iv, plaintext); token != want {
				t.Errorf("token is %s, want %s", token, want)
			}
			if now := uint64(time.Now().Unix()); madeAt < before || madeAt > now {
				t.Errorf("timestamp %d is not between %d and %d", madeAt, before, now)
			}
		})
	}
}

func TestEncryptNeverRepeatsAnIV(t *testing.T) {
	r := mustRing(t, primaryText)
	seen := map[string]bool{}
	for range 100 {
		_, iv := parts(t, mustEncrypt(t, r, "same"))
		if seen[string(iv)] {
			t.Fatal("the same iv twice")
		}
		seen[string(iv)] = true
	}
}

func TestEachKeyOfTheRingOpensItsTokens(t *testing.T) {
	r := mustRing(t, primaryText, oldText, otherText)
	for want, text := range []string{primaryText, oldText, otherText} {
		token := mustEncrypt(t, mustRing(t, text), "sk-test")
		if got, err := r.Decrypt(token); err != nil || got != "sk-test" {
			t.Errorf("key %d: Decrypt = %q, %v", want, got, err)
		}
		if got, ok := r.KeyIndex(token); !ok || got != want {
			t.Errorf("key %d: KeyIndex = %d, %v", want, got, ok)
		}
	}
}

func TestATokenOfAnotherKeyDoesNotOpen(t *testing.T) {
	token := mustEncrypt(t, mustRing(t, otherText), "sk-test")
	refuses(t, mustRing(t, primaryText, oldText), token)
}

// refuses checks that every method of the ring refuses a token, without
// showing anything of it.
func refuses(t *testing.T, r *keyring.Ring, token string) {
	t.Helper()
	plaintext, err := r.Decrypt(token)
	if !errors.Is(err, keyring.ErrUndecryptable) || plaintext != "" {
		t.Errorf("Decrypt = %q, %v", plaintext, err)
	}
	if err != nil && len(token) > 8 && strings.Contains(err.Error(), token) {
		t.Errorf("the error quotes the token: %v", err)
	}
	if i, ok := r.KeyIndex(token); ok || i != 0 {
		t.Errorf("KeyIndex = %d, %v", i, ok)
	}
	if rotated, err := r.Rotate(token); !errors.Is(err, keyring.ErrUndecryptable) || rotated != "" {
		t.Errorf("Rotate = %q, %v", rotated, err)
	}
}

func TestRotateMovesATokenUnderThePrimaryKeyAndKeepsItsTimestamp(t *testing.T) {
	r := mustRing(t, primaryText, oldText)
	iv := []byte("TEST-ONLY iv 001")
	for _, madeAt := range []uint64{0, 499162800, 4102444800, 1<<63 - 1, 1<<64 - 1} {
		old := seal([]byte(oldText), madeAt, iv, "sk-test")
		rotated, err := r.Rotate(old)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := mustRing(t, primaryText).Decrypt(rotated); err != nil || got != "sk-test" {
			t.Errorf("made at %d: the primary key alone reads %q, %v", madeAt, got, err)
		}
		at, newIV := parts(t, rotated)
		if at != madeAt {
			t.Errorf("timestamp became %d, want %d", at, madeAt)
		}
		if string(newIV) == string(iv) {
			t.Errorf("made at %d: the iv was used again", madeAt)
		}
	}
}

func TestRotateLeavesATokenOfThePrimaryKeyAsItIs(t *testing.T) {
	r := mustRing(t, primaryText, oldText)
	token := mustEncrypt(t, r, "sk-test")
	if got, err := r.Rotate(token); err != nil || got != token {
		t.Errorf("Rotate = %q, %v", got, err)
	}
}

func TestOneBrokenBitAnywhereIsRefused(t *testing.T) {
	r := mustRing(t, primaryText)
	token := mustEncrypt(t, r, "sk-test-0123456789")
	for i := range token {
		broken := []byte(token)
		broken[i] ^= 1
		if got, err := r.Decrypt(string(broken)); err == nil {
			t.Errorf("byte %d changed: reads %q", i, got)
		}
	}
}
