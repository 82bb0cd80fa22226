// Package keyring encrypts and decrypts the secrets that the database stores,
// such as the API keys of a company, with a set of Fernet keys, and rotates the
// stored ciphertexts to a new key. The format is that of Python's
// cryptography.fernet, and each side decrypts the other's ciphertexts. What
// Fernet calls a token is called a ciphertext here, because a token is a JWT.
//
//	version  timestamp  iv        payload              hmac
//	0x80     8 bytes    16 bytes  AES-128-CBC, PKCS 7  32 bytes, SHA-256
//
// A ciphertext is these fields in padded URL-safe base64. The timestamp is the
// time of encryption; ciphertexts never expire.
package keyring

import (
	"errors"
	"fmt"
	"time"

	"github.com/fernet/fernet-go"
)

// ErrNotDecryptable means that no key of the ring decrypts a ciphertext: it was
// encrypted with another key, is damaged, or is not a Fernet ciphertext.
var ErrNotDecryptable = errors.New("keyring: no configured key decrypts the ciphertext")

// Ring encrypts with its primary key and decrypts with any of its keys. It is
// safe for concurrent use.
type Ring struct {
	keys []Key // the primary key first
}

// NewRing returns a ring that encrypts with primary and decrypts with primary
// and the old keys, tried in this order.
func NewRing(primary Key, old ...Key) *Ring {
	return &Ring{keys: append([]Key{primary}, old...)}
}

// Len returns the number of keys, the primary key included.
func (r *Ring) Len() int { return len(r.keys) }

// Encrypt encrypts plaintext, of any length, with the primary key. It fails only
// when the system has no random bytes.
func (r *Ring) Encrypt(plaintext string) (ciphertext string, err error) {
	return r.encryptAt(plaintext, time.Now())
}

// Decrypt decrypts a ciphertext of any age with any key of the ring. The only
// error is ErrNotDecryptable.
func (r *Ring) Decrypt(ciphertext string) (plaintext string, err error) {
	d, err := r.decrypt(ciphertext)
	return d.plaintext, err
}

// KeyIndex returns the index of the key that decrypts a ciphertext: 0 for the
// primary key, then the old keys in the order of NewRing. ok is false when no key
// decrypts it.
func (r *Ring) KeyIndex(ciphertext string) (index int, ok bool) {
	d, err := r.decrypt(ciphertext)
	return d.keyIndex, err == nil
}

// Rotate encrypts a ciphertext again with the primary key and keeps its
// timestamp, as MultiFernet.rotate does in Python. It returns a ciphertext of the
// primary key unchanged, so that a second rotation writes nothing. It fails with
// ErrNotDecryptable, or as Encrypt does.
func (r *Ring) Rotate(ciphertext string) (string, error) {
	d, err := r.decrypt(ciphertext)
	if err != nil {
		return "", err
	}
	if d.keyIndex == 0 {
		return ciphertext, nil
	}
	return r.encryptAt(d.plaintext, d.encryptedAt)
}

func (r *Ring) encryptAt(plaintext string, at time.Time) (string, error) {
	ciphertext, err := fernet.EncryptAndSignAtTime([]byte(plaintext), r.keys[0].reveal(), at)
	if err != nil {
		return "", fmt.Errorf("keyring: encrypt: %w", err)
	}
	return string(ciphertext), nil
}

// decrypted is an authenticated ciphertext.
type decrypted struct {
	plaintext   string
	keyIndex    int
	encryptedAt time.Time
}

func (r *Ring) decrypt(ciphertext string) (decrypted, error) {
	env, ok := parseEnvelope(ciphertext)
	if !ok {
		return decrypted{}, ErrNotDecryptable
	}
	for i, k := range r.keys {
		// One key per call: the library decrypts in place, and would try the next
		// key on the bytes that the first one changed.
		b := fernet.VerifyAndDecrypt([]byte(ciphertext), noExpiry, []*fernet.Key{k.reveal()})
		if b != nil && paddedSize(len(b)) == env.payloadSize {
			return decrypted{plaintext: string(b), keyIndex: i, encryptedAt: env.encryptedAt}, nil
		}
	}
	return decrypted{}, ErrNotDecryptable
}
