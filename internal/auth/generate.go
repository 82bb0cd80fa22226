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

// TemporaryPassword returns a random password that the user must change: four
// groups of five characters, such as QWERT-YUPAS-DFGHJ-23456, with 100 bits of
// entropy. Letters are upper-case, and the digits 0, 1, 8 and 9 do not occur, so
// that O, I and B are always letters.
func TemporaryPassword() string {
	text := rand.Text() // 5 bits per character
	return text[:5] + "-" + text[5:10] + "-" + text[10:15] + "-" + text[15:20]
}
