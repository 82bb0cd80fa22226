package weakpassword

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// text is a password in lower case, without accents.
type text struct {
	runes    []rune
	plain    string
	unleeted string // plain with substitutions undone, of the same length
	starts   []int  // the byte offset of each character in both, then their length
}

func newText(password string) text {
	plain := fold(password)
	t := text{runes: []rune(plain), plain: plain, unleeted: unleet(plain)}
	for i := range plain {
		t.starts = append(t.starts, i)
	}
	t.starts = append(t.starts, len(plain))
	return t
}

// part returns the characters from start to before end.
func (t text) part(start, end int) string {
	return t.plain[t.starts[start]:t.starts[end]]
}

// fold converts a text to lower case without accents.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(s))
}

// unleet replaces digits and symbols by the letters that they commonly substitute.
// It also replaces l by i, because 1 substitutes both.
var unleet = strings.NewReplacer("0", "o", "1", "i", "!", "i", "l", "i", "3", "e", "4", "a", "@", "a",
	"5", "s", "$", "s", "7", "t", "8", "b", "9", "g").Replace
