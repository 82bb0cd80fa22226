package keyring

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

const fingerprintBytes = 4

// Fingerprint returns 8 hexadecimal digits by which the same plaintext is
// recognised again within one scope, a company for example. Nothing else can be
// told from it without the primary key, from which its own key is derived; a
// new primary key gives other fingerprints.
func (r *Ring) Fingerprint(scope, plaintext string) string {
	derived, err := hkdf.Key(sha256.New, r.keys[0].reveal()[:], nil, "stay-sidekick key fingerprint", sha256.Size)
	if err != nil {
		panic(err) // only for lengths that HKDF cannot give
	}
	mac := hmac.New(sha256.New, derived)
	_, _ = mac.Write([]byte(scope))
	_, _ = mac.Write([]byte{0})
	_, _ = mac.Write([]byte(plaintext))
	return hex.EncodeToString(mac.Sum(nil)[:fingerprintBytes])
}
