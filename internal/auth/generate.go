package auth

import (
	"crypto/rand"
	"encoding/hex"
)

// GenerateKey returns a new random signing key as hexadecimal text, which needs
// no escaping in a setting or a file.
func GenerateKey() string {
	random := make([]byte, MinKeyBytes)
	_, _ = rand.Read(random) // never fails
	return hex.EncodeToString(random)
}
