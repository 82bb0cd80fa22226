package auth

import (
	"crypto/rand"
	"encoding/hex"
)

// GenerateKey returns a new key for a Signer, in characters that a setting and a
// file take as they are.
func GenerateKey() string {
	random := make([]byte, MinKeyBytes)
	_, _ = rand.Read(random) // never fails
	return hex.EncodeToString(random)
}
