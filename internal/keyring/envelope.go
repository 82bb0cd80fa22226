package keyring

import (
	"crypto/aes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"
)

const (
	timestampStart = 1 // after the version
	timestampEnd   = timestampStart + 8
	overhead       = timestampEnd + aes.BlockSize + sha256.Size

	// noExpiry is the time to live that disables the library's age check.
	noExpiry = 0
)

// strict rejects nonzero spare bits, so that each ciphertext has one encoding.
var strict = base64.URLEncoding.Strict()

// envelope holds the fields of a ciphertext that are readable without a key.
// They are not authenticated.
type envelope struct {
	encryptedAt time.Time
	payloadSize int // bytes
}

// parseEnvelope returns false for a text that must not reach the library, which
// ignores base64 errors and panics on a signed body that is shorter than its
// header or has no payload. The library checks everything else.
func parseEnvelope(ciphertext string) (envelope, bool) {
	// The base64 decoder skips line breaks, which a ciphertext must not contain.
	if strings.ContainsAny(ciphertext, "\r\n") {
		return envelope{}, false
	}
	b, err := strict.DecodeString(ciphertext)
	if err != nil || len(b) < overhead+aes.BlockSize {
		return envelope{}, false
	}
	seconds := binary.BigEndian.Uint64(b[timestampStart:timestampEnd])
	return envelope{time.Unix(int64(seconds), 0), len(b) - overhead}, true
}

// paddedSize returns the payload size of a plaintext of n bytes. A payload of
// another size has padding of no bytes or of more than a block, which the
// library accepts.
func paddedSize(n int) int {
	return n/aes.BlockSize*aes.BlockSize + aes.BlockSize
}
