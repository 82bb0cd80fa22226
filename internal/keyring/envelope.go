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

	// noExpiry is the time to live that makes the library skip the check.
	noExpiry = 0
)

// strict refuses spare bits that are not zero, so that a token has one spelling.
var strict = base64.URLEncoding.Strict()

// envelope is what a token shows without a key. Nothing in it is authenticated.
type envelope struct {
	madeAt     time.Time
	ciphertext int // bytes
}

// parseEnvelope returns false for a text that the library must not see: it
// reads past base64 errors, and panics on a signed body that is shorter than
// its header or has no ciphertext. All else is the library's to check.
func parseEnvelope(token string) (envelope, bool) {
	// The decoder skips line breaks; a token has none.
	if strings.ContainsAny(token, "\r\n") {
		return envelope{}, false
	}
	b, err := strict.DecodeString(token)
	if err != nil || len(b) < overhead+aes.BlockSize {
		return envelope{}, false
	}
	seconds := binary.BigEndian.Uint64(b[timestampStart:timestampEnd])
	return envelope{time.Unix(int64(seconds), 0), len(b) - overhead}, true
}

// paddedSize returns the size of the ciphertext of n bytes. Comparing it with
// the real size catches what the library lets pass: padding of no bytes, or of
// more than a block.
func paddedSize(n int) int {
	return n/aes.BlockSize*aes.BlockSize + aes.BlockSize
}
