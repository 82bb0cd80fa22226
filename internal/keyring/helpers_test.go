package keyring_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"os"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/keyring"
)

// Keys for tests only, readable as such.
const (
	primaryText = "1: fernet key, for TESTS ONLY! 1"
	oldText     = "2: fernet key, for TESTS ONLY! 2"
	otherText   = "3: fernet key, for TESTS ONLY! 3"
)

// mustKey makes the key of 32 readable bytes.
func mustKey(t testing.TB, text string) keyring.Key {
	t.Helper()
	k, err := keyring.ParseKey(base64.URLEncoding.EncodeToString([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func decodeKey(t testing.TB, text string) []byte {
	t.Helper()
	b, err := base64.URLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func mustRing(t testing.TB, primary string, old ...string) *keyring.Ring {
	t.Helper()
	var keys []keyring.Key
	for _, text := range old {
		keys = append(keys, mustKey(t, text))
	}
	return keyring.NewRing(mustKey(t, primary), keys...)
}

func mustEncrypt(t testing.TB, r *keyring.Ring, plaintext string) string {
	t.Helper()
	token, err := r.Encrypt(plaintext)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func readJSON(t testing.TB, path string, v any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

// The specification once more, independent of the library, to judge its tokens
// by and to make signed tokens that no honest writer makes.

func signed(key, body []byte) string {
	mac := hmac.New(sha256.New, key[:16])
	mac.Write(body)
	return base64.URLEncoding.EncodeToString(mac.Sum(bytes.Clone(body)))
}

func header(madeAt uint64, iv []byte) []byte {
	return append(binary.BigEndian.AppendUint64([]byte{0x80}, madeAt), iv...)
}

// sealPadded encrypts text that has its padding already.
func sealPadded(key []byte, madeAt uint64, iv, padded []byte) string {
	block, err := aes.NewCipher(key[16:])
	if err != nil {
		panic(err)
	}
	ciphertext := make([]byte, len(padded))
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(ciphertext, padded)
	return signed(key, append(header(madeAt, iv), ciphertext...))
}

func seal(key []byte, madeAt uint64, iv []byte, plaintext string) string {
	n := aes.BlockSize - len(plaintext)%aes.BlockSize
	padding := bytes.Repeat([]byte{byte(n)}, n)
	return sealPadded(key, madeAt, iv, append([]byte(plaintext), padding...))
}

// parts returns the timestamp and the iv of a token.
func parts(t testing.TB, token string) (madeAt uint64, iv []byte) {
	t.Helper()
	b, err := base64.URLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	return binary.BigEndian.Uint64(b[1:9]), b[9:25]
}
