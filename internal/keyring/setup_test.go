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
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// Keys for tests only, readable as such.
const (
	primaryText = "1: fernet key, for TESTS ONLY! 1"
	oldText     = "2: fernet key, for TESTS ONLY! 2"
	otherText   = "3: fernet key, for TESTS ONLY! 3"
)

func parseKey(t testing.TB, encoded string) keyring.Key {
	t.Helper()
	k, err := keyring.ParseKey(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// mustKey returns the key whose 32 bytes are text.
func mustKey(t testing.TB, text string) keyring.Key {
	t.Helper()
	return parseKey(t, base64.URLEncoding.EncodeToString([]byte(text)))
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
	ciphertext, err := r.Encrypt(plaintext)
	if err != nil {
		t.Fatal(err)
	}
	return ciphertext
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

// An implementation of the Fernet specification that is independent of the
// library. It checks the library's ciphertexts, and signs malformed ones.

func sign(key, body []byte) string {
	mac := hmac.New(sha256.New, key[:16])
	mac.Write(body)
	return base64.URLEncoding.EncodeToString(mac.Sum(bytes.Clone(body)))
}

func header(encryptedAt uint64, iv []byte) []byte {
	return append(binary.BigEndian.AppendUint64([]byte{0x80}, encryptedAt), iv...)
}

// encryptPadded encrypts a text that is padded already.
func encryptPadded(key []byte, encryptedAt uint64, iv, padded []byte) string {
	block, err := aes.NewCipher(key[16:])
	if err != nil {
		panic(err)
	}
	payload := make([]byte, len(padded))
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(payload, padded)
	return sign(key, append(header(encryptedAt, iv), payload...))
}

func encryptAt(key []byte, at uint64, iv []byte, plaintext string) string {
	n := aes.BlockSize - len(plaintext)%aes.BlockSize
	padding := bytes.Repeat([]byte{byte(n)}, n)
	return encryptPadded(key, at, iv, append([]byte(plaintext), padding...))
}

// timestampAndIV returns two fields of a ciphertext.
func timestampAndIV(t testing.TB, ciphertext string) (encryptedAt uint64, iv []byte) {
	t.Helper()
	b, err := base64.URLEncoding.DecodeString(ciphertext)
	if err != nil {
		t.Fatal(err)
	}
	return binary.BigEndian.Uint64(b[1:9]), b[9:25]
}
