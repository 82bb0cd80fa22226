package weakpassword

import (
	"slices"
	"strings"
)

// Sequences and keyboard walks on Spanish, US, French and German keyboards, with n
// for ñ as in a text.
var (
	// lines match from 3 characters.
	lines = bothWays(`abcdefghijklmnopqrstuvwxyz 01234567890123456789
		qwertyuiop asdfghjkln asdfghjkl; zxcvbnm,.- zxcvbnm,./
		azertyuiop qsdfghjklm wxcvbn qwertzuiop yxcvbnm
		!@#$%^&*()_+ !"·$%&/()=?¿
		1qaz 2wsx 3edc 4rfv 5tgb 6yhn 7ujm 8ik, 9ol. 0p;/ 0pn-`)
	// zigzags match from 4 characters.
	zigzags = bothWays(`
		1q2w3e4r5t6y7u8i9o0p q1w2e3r4t5y6u7i8o9p0 qawsedrftgyhujikolp azsxdcfvgbhnjmk
		a1b2c3d4e5f6g7h8i9j0 1a2b3c4d5e6f7g8h9i0j
		aabbccddeeffgghhiijjkkllmmnnooppqqrrssttuuvvwwxxyyzz 00112233445566778899
		789456123 147258369 963258741 741852963 159357 159753 357159`)
)

// bothWays returns each word of a text forwards and backwards, one per line.
func bothWays(text string) string {
	var all strings.Builder
	for word := range strings.FieldsSeq(text) {
		backwards := []rune(word)
		slices.Reverse(backwards)
		all.WriteString(word + "\n" + string(backwards) + "\n")
	}
	return all.String()
}

// patterns calls found with the end of each sequence, keyboard walk, repetition and
// year that starts at the character start.
func (t text) patterns(start int, found func(end int)) {
	length := len(t.runes)
	for end := start + 3; end <= length && strings.Contains(lines, t.part(start, end)); end++ {
		found(end)
	}
	for end := start + 4; end <= length && strings.Contains(zigzags, t.part(start, end)); end++ {
		found(end)
	}
	// A repetition is at least as long as the unit before it and has at least 2
	// characters: aaa, abab.
	for unit := 1; unit <= start; unit++ {
		for end := start + 1; end <= length && t.runes[end-1] == t.runes[end-1-unit]; end++ {
			if end-start >= max(unit, 2) {
				found(end)
			}
		}
	}
	if start+4 <= length && isYear(t.part(start, start+4)) {
		found(start + 4)
	}
}

// isYear reports whether four characters are a year from 1900 to 2099.
func isYear(s string) bool {
	return (strings.HasPrefix(s, "19") || strings.HasPrefix(s, "20")) && strings.Trim(s, "0123456789") == ""
}
