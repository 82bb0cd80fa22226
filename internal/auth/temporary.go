package auth

import "crypto/rand"

// temporaryBits is the entropy of a temporary password: 5 for each of its 20
// characters.
const temporaryBits = 100

// TemporaryPassword makes a random password to hand to its owner, who must
// change it: four groups of five characters, such as QWERT-YUPAS-DFGHJ-23456.
// Letters are capitals and the digits 0, 1, 8 and 9 do not occur, so that O, I
// and B are always letters. Its 100 bits of entropy are beyond guessing.
func TemporaryPassword() string {
	text := rand.Text()[:temporaryBits/5]
	return text[:5] + "-" + text[5:10] + "-" + text[10:15] + "-" + text[15:]
}
