package keyring

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

const fingerprintBytes = 4

// Fingerprint returns 8 hexadecimal digits that are equal for equal plaintexts
// within one scope, such as a company. Without the primary key, from which the
// key of the HMAC is derived, they reveal nothing else. Another primary key
// gives other fingerprints.
func (r *Ring) Fingerprint(scope, plaintext string) string {
	derived, err := hkdf.Key(sha256.New, r.keys[0].reveal()[:], nil, "stay-sidekick key fingerprint", sha256.Size)
	if err != nil {
		panic(err) // only for a length above HKDF's limit
	}
	mac := hmac.New(sha256.New, derived)
	_, _ = mac.Write([]byte(scope))
	_, _ = mac.Write([]byte{0})
	_, _ = mac.Write([]byte(plaintext))
	return hex.EncodeToString(mac.Sum(nil)[:fingerprintBytes])
}
