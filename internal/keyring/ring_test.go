package keyring_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
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

func TestDecryptReturnsThePlaintext(t *testing.T) {
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
			ciphertext := mustEncrypt(t, r, plaintext)
			encryptedAt, iv := timestampAndIV(t, ciphertext)
			if want := encryptAt([]byte(primaryText), encryptedAt, iv, plaintext); ciphertext != want {
				t.Errorf("got %s, want %s", ciphertext, want)
			}
			if now := uint64(time.Now().Unix()); encryptedAt < before || encryptedAt > now {
				t.Errorf("timestamp %d is not between %d and %d", encryptedAt, before, now)
			}
		})
	}
}

func TestEncryptNeverRepeatsAnIV(t *testing.T) {
	r := mustRing(t, primaryText)
	seen := map[string]bool{}
	for range 100 {
		_, iv := timestampAndIV(t, mustEncrypt(t, r, "same"))
		if seen[string(iv)] {
			t.Fatal("the same IV twice")
		}
		seen[string(iv)] = true
	}
}

func TestEachKeyOfTheRingDecryptsItsCiphertexts(t *testing.T) {
	r := mustRing(t, primaryText, oldText, otherText)
	for want, text := range []string{primaryText, oldText, otherText} {
		ciphertext := mustEncrypt(t, mustRing(t, text), "sk-test")
		if got, err := r.Decrypt(ciphertext); err != nil || got != "sk-test" {
			t.Errorf("key %d: Decrypt = %q, %v", want, got, err)
		}
		if got, ok := r.KeyIndex(ciphertext); !ok || got != want {
			t.Errorf("key %d: KeyIndex = %d, %v", want, got, ok)
		}
	}
}

func TestCiphertextOfAnotherKeyIsNotDecryptable(t *testing.T) {
	wantNotDecryptable(t, mustRing(t, primaryText, oldText), mustEncrypt(t, mustRing(t, otherText), "sk-test"))
}

// wantNotDecryptable checks that every method of the ring rejects a ciphertext,
// without leaking any of it.
func wantNotDecryptable(t *testing.T, r *keyring.Ring, ciphertext string) {
	t.Helper()
	plaintext, err := r.Decrypt(ciphertext)
	if !errors.Is(err, keyring.ErrNotDecryptable) || plaintext != "" {
		t.Errorf("Decrypt = %q, %v", plaintext, err)
	}
	if err != nil && len(ciphertext) > 8 && strings.Contains(err.Error(), ciphertext) {
		t.Errorf("the error quotes the ciphertext: %v", err)
	}
	if i, ok := r.KeyIndex(ciphertext); ok || i != 0 {
		t.Errorf("KeyIndex = %d, %v", i, ok)
	}
	if rotated, err := r.Rotate(ciphertext); !errors.Is(err, keyring.ErrNotDecryptable) || rotated != "" {
		t.Errorf("Rotate = %q, %v", rotated, err)
	}
}

func TestRotateEncryptsWithThePrimaryKeyAndKeepsTheTimestamp(t *testing.T) {
	r := mustRing(t, primaryText, oldText)
	iv := []byte("TEST-ONLY iv 001")
	for _, encryptedAt := range []uint64{0, 499162800, 4102444800, 1<<63 - 1, 1<<64 - 1} {
		old := encryptAt([]byte(oldText), encryptedAt, iv, "sk-test")
		rotated, err := r.Rotate(old)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := mustRing(t, primaryText).Decrypt(rotated); err != nil || got != "sk-test" {
			t.Errorf("encrypted at %d: the primary key alone decrypts to %q, %v", encryptedAt, got, err)
		}
		at, newIV := timestampAndIV(t, rotated)
		if at != encryptedAt {
			t.Errorf("timestamp became %d, want %d", at, encryptedAt)
		}
		if string(newIV) == string(iv) {
			t.Errorf("encrypted at %d: the IV is not new", encryptedAt)
		}
	}
}

func TestRotateReturnsACiphertextOfThePrimaryKeyUnchanged(t *testing.T) {
	r := mustRing(t, primaryText, oldText)
	ciphertext := mustEncrypt(t, r, "sk-test")
	if got, err := r.Rotate(ciphertext); err != nil || got != ciphertext {
		t.Errorf("Rotate = %q, %v", got, err)
	}
}

func TestOneChangedBitAnywhereIsRejected(t *testing.T) {
	r := mustRing(t, primaryText)
	ciphertext := mustEncrypt(t, r, "sk-test-0123456789")
	for i := range ciphertext {
		changed := []byte(ciphertext)
		changed[i] ^= 1
		if got, err := r.Decrypt(string(changed)); err == nil {
			t.Errorf("byte %d changed: decrypts to %q", i, got)
		}
	}
}

type vector struct {
	Why, Plaintext, Ciphertext string
}

type specFile struct {
	TestKey  string `json:"test_key"`
	Generate struct {
		EncryptedAt uint64 `json:"encrypted_at"`
		IV          []byte
		Plaintext   string
		Ciphertext  string
	}
	Unexpired []vector `json:"valid_because_nothing_expires"`
	Invalid   []vector
}

func TestVectorsOfTheSpecification(t *testing.T) {
	var spec specFile
	readJSON(t, "testdata/spec_vectors.json", &spec)
	key, err := keyring.ParseKey(spec.TestKey)
	if err != nil {
		t.Fatal(err)
	}
	r := keyring.NewRing(key)

	t.Run("generate", func(t *testing.T) {
		g := spec.Generate
		if got := encryptAt(decodeKey(t, spec.TestKey), g.EncryptedAt, g.IV, g.Plaintext); got != g.Ciphertext {
			t.Errorf("the reference implementation of these tests returns %s, want %s", got, g.Ciphertext)
		}
	})
	valid := append(spec.Unexpired, vector{"verify", spec.Generate.Plaintext, spec.Generate.Ciphertext})
	for _, v := range valid {
		t.Run("valid: "+v.Why, func(t *testing.T) {
			if got, err := r.Decrypt(v.Ciphertext); err != nil || got != v.Plaintext {
				t.Errorf("Decrypt = %q, %v", got, err)
			}
		})
	}
	for _, v := range spec.Invalid {
		t.Run("invalid: "+v.Why, func(t *testing.T) { wantNotDecryptable(t, r, v.Ciphertext) })
	}
	if len(valid) != 3 || len(spec.Invalid) != 8 {
		t.Errorf("%d and %d vectors were read", len(valid), len(spec.Invalid))
	}
}

type pythonFile struct {
	TestKeys    map[string]string `json:"test_keys"`
	Ciphertexts []struct {
		Key         string
		EncryptedAt uint64 `json:"encrypted_at"`
		Plaintext   string
		Ciphertext  string
	}
}

func TestRingDecryptsCiphertextsOfPython(t *testing.T) {
	var file pythonFile
	readJSON(t, "testdata/python_ciphertexts.json", &file)
	if len(file.Ciphertexts) < 12 {
		t.Fatalf("only %d ciphertexts were read", len(file.Ciphertexts))
	}
	primary, err := keyring.ParseKey(file.TestKeys["primary"])
	if err != nil {
		t.Fatal(err)
	}
	old, err := keyring.ParseKey(file.TestKeys["old"])
	if err != nil {
		t.Fatal(err)
	}
	r := keyring.NewRing(primary, old)
	for _, c := range file.Ciphertexts {
		if got, err := r.Decrypt(c.Ciphertext); err != nil || got != c.Plaintext {
			t.Errorf("%s key, %q: Decrypt = %q, %v", c.Key, c.Plaintext, got, err)
		}
		if encryptedAt, _ := timestampAndIV(t, c.Ciphertext); encryptedAt != c.EncryptedAt {
			t.Errorf("encrypted at %d, want %d", encryptedAt, c.EncryptedAt)
		}
		want := map[string]int{"primary": 0, "old": 1}[c.Key]
		if i, ok := r.KeyIndex(c.Ciphertext); !ok || i != want {
			t.Errorf("%s key: KeyIndex = %d, %v", c.Key, i, ok)
		}
	}
}

// pythonDecrypt decrypts ciphertexts as the Python service does and prints each
// plaintext and timestamp.
const pythonDecrypt = `
import json, sys
from cryptography.fernet import Fernet
given = json.load(sys.stdin)
fernet = Fernet(given["Key"])
print(json.dumps([
    {"plaintext": fernet.decrypt(t.encode()).decode(), "encrypted_at": fernet.extract_timestamp(t.encode())}
    for t in given["Ciphertexts"]]))
`

func TestPythonDecryptsCiphertextsOfTheRing(t *testing.T) {
	r := mustRing(t, primaryText, oldText)
	want := []string{"", "sk-test-0123456789", "sixteen bytes...", "clave 鍵 🔑", "rotated"}
	var ciphertexts []string
	for _, plaintext := range want[:4] {
		ciphertexts = append(ciphertexts, mustEncrypt(t, r, plaintext))
	}
	rotated, err := r.Rotate(encryptAt([]byte(oldText), 499162800, make([]byte, 16), "rotated"))
	if err != nil {
		t.Fatal(err)
	}
	ciphertexts = append(ciphertexts, rotated)

	input, err := json.Marshal(map[string]any{"Key": mustKey(t, primaryText).Encoded(), "Ciphertexts": ciphertexts})
	if err != nil {
		t.Fatal(err)
	}
	out := testprogram.Python(t, "cryptography", "python3-cryptography", pythonDecrypt, string(input))
	var got []struct {
		Plaintext   string
		EncryptedAt uint64 `json:"encrypted_at"`
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("Python decrypted %d of %d ciphertexts", len(got), len(want))
	}
	for i, g := range got {
		if g.Plaintext != want[i] {
			t.Errorf("Python decrypts to %q, want %q", g.Plaintext, want[i])
		}
	}
	if last := got[len(got)-1]; last.EncryptedAt != 499162800 {
		t.Errorf("Python reads a rotated ciphertext's timestamp as %d", last.EncryptedAt)
	}
}

func TestPythonReadsAKeyTheSameWay(t *testing.T) {
	key, err := keyring.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	const script = `
import sys
from cryptography.fernet import Fernet
print(Fernet(sys.stdin.read()).encrypt(b"from Python").decode())
`
	ciphertext := testprogram.Python(t, "cryptography", "python3-cryptography", script, key.Encoded())
	if got, err := keyring.NewRing(key).Decrypt(ciphertext); err != nil || got != "from Python" {
		t.Errorf("Decrypt = %q, %v", got, err)
	}
}
