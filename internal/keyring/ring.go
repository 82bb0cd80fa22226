// Package secret encrypts what must not be readable in the database, such as
// the API keys of a company. A secret is stored as a Fernet token: the format
// of Python's cryptography.fernet, whose tokens it reads and which reads its
// tokens.
//
//	version  timestamp  iv        ciphertext           hmac
//	0x80     8 bytes    16 bytes  AES-128-CBC, PKCS 7  32 bytes, SHA-256
//
// all of it in padded URL-safe base64. The timestamp tells when the secret was
// encrypted; tokens never expire.
package keyring

import (
	"errors"
	"fmt"
	"time"

	"github.com/fernet/fernet-go"
)

// ErrUndecryptable means that no key of the ring opens a token: it was made
// under another key, was damaged, or is no token at all.
var ErrUndecryptable = errors.New("secret: no configured key opens the stored token")

// Ring encrypts with its primary key and decrypts with any of its keys. It is
// safe for concurrent use.
type Ring struct {
	keys []Key // the primary key first
}

// NewRing makes a ring of the key that encrypts and the older keys that still
// decrypt, tried in this order.
func NewRing(primary Key, old ...Key) *Ring {
	return &Ring{keys: append([]Key{primary}, old...)}
}

// Len is how many keys the ring has: 1 and the old ones.
func (r *Ring) Len() int { return len(r.keys) }

// Encrypt seals plaintext, of any length, under the primary key. It fails only
// when the system has no random bytes.
func (r *Ring) Encrypt(plaintext string) (token string, err error) {
	return r.seal(plaintext, time.Now())
}

// Decrypt opens a token made under any key of the ring, however old it is. The
// only error is ErrUndecryptable.
func (r *Ring) Decrypt(token string) (plaintext string, err error) {
	o, err := r.open(token)
	return o.plaintext, err
}

// KeyIndex tells which key opens a token: 0 the primary, 1 and up the old ones
// in the order of NewRing; false when none does.
func (r *Ring) KeyIndex(token string) (int, bool) {
	o, err := r.open(token)
	return o.key, err == nil
}

// Rotate re-encrypts a token under the primary key and keeps its timestamp, as
// MultiFernet.rotate does in Python. A token that is under the primary key
// already comes back unchanged, so that rotating twice writes once. It fails
// with ErrUndecryptable, or as Encrypt does.
func (r *Ring) Rotate(token string) (string, error) {
	o, err := r.open(token)
	if err != nil {
		return "", err
	}
	if o.key == 0 {
		return token, nil
	}
	return r.seal(o.plaintext, o.madeAt)
}

func (r *Ring) seal(plaintext string, madeAt time.Time) (string, error) {
	token, err := fernet.EncryptAndSignAtTime([]byte(plaintext), r.keys[0].reveal(), madeAt)
	if err != nil {
		return "", fmt.Errorf("secret: encrypt: %w", err)
	}
	return string(token), nil
}

// opened is a token that a key of the ring has authenticated.
type opened struct {
	plaintext string
	key       int // its index in the ring
	madeAt    time.Time
}

func (r *Ring) open(token string) (opened, error) {
	env, ok := parseEnvelope(token)
	if !ok {
		return opened{}, ErrUndecryptable
	}
	for i, k := range r.keys {
		// One key a call: the library decrypts in place, and would try the
		// next key on what the first one left.
		b := fernet.VerifyAndDecrypt([]byte(token), noExpiry, []*fernet.Key{k.reveal()})
		if b != nil && paddedSize(len(b)) == env.ciphertext {
			return opened{plaintext: string(b), key: i, madeAt: env.madeAt}, nil
		}
	}
	return opened{}, ErrUndecryptable
}
