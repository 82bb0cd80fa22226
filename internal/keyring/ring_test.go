package keyring_test

import (
	"bytes"
	"encoding/base64"
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

func TestEncryptFollowsTheSpecificationAndDecryptReturnsThePlaintext(t *testing.T) {
	r := mustRing(t, primaryText, oldText)
	before := uint64(time.Now().Unix())
	for name, plaintext := range plaintexts {
		ciphertext := mustEncrypt(t, r, plaintext)
		encryptedAt, iv := timestampAndIV(t, ciphertext)
		if want := encryptAt([]byte(primaryText), encryptedAt, iv, plaintext); ciphertext != want {
			t.Errorf("%s: got %s, want %s", name, ciphertext, want)
		}
		if now := uint64(time.Now().Unix()); encryptedAt < before || encryptedAt > now {
			t.Errorf("%s: timestamp %d is not between %d and %d", name, encryptedAt, before, now)
		}
		if got, err := r.Decrypt(ciphertext); err != nil || got != plaintext {
			t.Errorf("%s: Decrypt = %q, %v", name, got, err)
		}
		if _, other := timestampAndIV(t, mustEncrypt(t, r, plaintext)); bytes.Equal(other, iv) {
			t.Errorf("%s: the same IV twice", name)
		}
	}
}

func TestOnlyTheKeysOfTheRingDecrypt(t *testing.T) {
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
		rotated, err := r.Rotate(encryptAt([]byte(oldText), encryptedAt, iv, "sk-test"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := mustRing(t, primaryText).Decrypt(rotated); err != nil || got != "sk-test" {
			t.Errorf("encrypted at %d: the primary key alone decrypts to %q, %v", encryptedAt, got, err)
		}
		if at, newIV := timestampAndIV(t, rotated); at != encryptedAt || bytes.Equal(newIV, iv) {
			t.Errorf("encrypted at %d: timestamp %d, IV %q", encryptedAt, at, newIV)
		}
		if again, err := r.Rotate(rotated); err != nil || again != rotated {
			t.Errorf("a ciphertext of the primary key became %q, %v", again, err)
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
	key, err := base64.URLEncoding.DecodeString(spec.TestKey)
	if err != nil {
		t.Fatal(err)
	}
	r := mustRing(t, string(key))
	g := spec.Generate
	if got := encryptAt(key, g.EncryptedAt, g.IV, g.Plaintext); got != g.Ciphertext {
		t.Errorf("the reference implementation of these tests returns %s, want %s", got, g.Ciphertext)
	}
	valid := append(spec.Unexpired, vector{"verify", g.Plaintext, g.Ciphertext})
	for _, v := range valid {
		if got, err := r.Decrypt(v.Ciphertext); err != nil || got != v.Plaintext {
			t.Errorf("%s: Decrypt = %q, %v", v.Why, got, err)
		}
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
	r := keyring.NewRing(parseKey(t, file.TestKeys["primary"]), parseKey(t, file.TestKeys["old"]))
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

// pythonProgram prints the plaintext and timestamp of ciphertexts, and encrypts one text,
// as the Python service does.
const pythonProgram = `
import json, sys
from cryptography.fernet import Fernet
given = json.load(sys.stdin)
fernet = Fernet(given["Key"])
print(json.dumps({
    "decrypted": [[fernet.decrypt(t.encode()).decode(), fernet.extract_timestamp(t.encode())] for t in given["Ciphertexts"]],
    "encrypted": fernet.encrypt(b"from Python").decode()}))
`

func TestPythonAndTheRingDecryptCiphertextsOfEachOther(t *testing.T) {
	key, err := keyring.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	r := keyring.NewRing(key, mustKey(t, oldText))
	want := []string{"", "sk-test-0123456789", "sixteen bytes...", "clave 鍵 🔑", "rotated"}
	var ciphertexts []string
	for _, plaintext := range want[:4] {
		ciphertexts = append(ciphertexts, mustEncrypt(t, r, plaintext))
	}
	rotated, err := r.Rotate(encryptAt([]byte(oldText), 499162800, make([]byte, 16), "rotated"))
	if err != nil {
		t.Fatal(err)
	}
	input, err := json.Marshal(map[string]any{"Key": key.Encoded(), "Ciphertexts": append(ciphertexts, rotated)})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Decrypted [][2]any
		Encrypted string
	}
	out := testprogram.Python(t, "cryptography", "python3-cryptography", pythonProgram, string(input))
	if err := json.Unmarshal([]byte(out), &got); err != nil || len(got.Decrypted) != len(want) {
		t.Fatalf("Python printed %s: %v", out, err)
	}
	for i, decrypted := range got.Decrypted {
		if decrypted[0] != want[i] {
			t.Errorf("Python decrypts to %q, want %q", decrypted[0], want[i])
		}
	}
	if at := got.Decrypted[len(want)-1][1]; at != 499162800.0 {
		t.Errorf("Python reads a rotated ciphertext's timestamp as %v", at)
	}
	if got, err := r.Decrypt(got.Encrypted); err != nil || got != "from Python" {
		t.Errorf("Decrypt = %q, %v", got, err)
	}
}
