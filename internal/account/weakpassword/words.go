package weakpassword

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// common.txt contains the most common passwords of at least 8 characters and the
// most common words of 4 to 7 letters. common.LICENSE.txt names the sources.
//
//go:embed common.txt
var commonText string

// spanish.txt contains words that are common in Spanish passwords, and words of the
// holiday rental business.
//
//go:embed spanish.txt
var spanishText string

// product contains the names of the product and of its partners.
const product = "stay sidekick profile server smoobu beds24 hostaway cloudbeds"

// words returns the common words and passwords, sorted, one per line, and the
// length of the longest. A single string takes an eighth of the memory of a map.
// The first call builds it, which takes some 20 ms.
var words = sync.OnceValues(func() (sorted string, longest int) {
	lines := strings.Split(strings.TrimSpace(unleet(commonText+fold(spanishText))), "\n")
	slices.Sort(lines)
	for _, line := range lines {
		longest = max(longest, len(line))
	}
	return strings.Join(slices.Compact(lines), "\n") + "\n", longest
})

// contains reports whether a sorted text contains a line. It is a binary search.
func contains(sorted, line string) bool {
	for low, high := 0, len(sorted); low < high; {
		middle := (low + high) / 2
		start := low + strings.LastIndexByte(sorted[low:middle], '\n') + 1
		end := start + strings.IndexByte(sorted[start:], '\n')
		switch strings.Compare(line, sorted[start:end]) {
		case 0:
			return true
		case -1:
			high = start
		default:
			low = end + 1
		}
	}
	return false
}

// Load builds the word list, so that the first call of Is does not have to.
func Load() { words() }

// commonWords calls found with the end of each common word that starts at the
// character start. At least half of its characters must be letters (4m0r, not
// 4711), unless it is the whole password.
func (t text) commonWords(start int, found func(end int)) {
	sorted, longest := words()
	letters := 0
	for end := start + 1; end <= len(t.runes) && t.starts[end]-t.starts[start] <= longest; end++ {
		if unicode.IsLetter(t.runes[end-1]) {
			letters++
		}
		length := end - start
		if length < 4 || 2*letters < length && length < len(t.runes) {
			continue
		}
		if contains(sorted, t.unleeted[t.starts[start]:t.starts[end]]) {
			found(end)
		}
	}
}

// personalWords returns, for each character, the ends of the words of the user and
// of the product that start at it. In a word of at least 6 letters, one other
// character may follow each letter: c-a-s-a-a-z-u-l.
func (t text) personalWords(email, company string) map[int][]int {
	local, domain, _ := strings.Cut(email, "@")
	phrases := append(strings.Fields(product), email, local, domain, company)
	phrases = append(phrases, strings.FieldsFunc(email+" "+company, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })...)
	found := map[int][]int{}
	// A digit either substitutes a letter or separates letters: c4saazul, casa4azul.
	for _, normalize := range []func(string) string{unleet, replaceL} {
		password, positions := letters(normalize(t.plain))
		for _, phrase := range phrases {
			word, _ := letters(normalize(fold(phrase)))
			length := utf8.RuneCountInString(word)
			if length < 3 {
				continue
			}
			for at := range password {
				if !strings.HasPrefix(password[at:], word) {
					continue
				}
				start, end := positions[at], positions[at+len(word)-1]+1
				if end-start == length || length >= 6 && end-start < 2*length {
					found[start] = append(found[start], end)
				}
			}
		}
	}
	return found
}

// replaceL replaces l by i, as unleet does.
func replaceL(s string) string { return strings.ReplaceAll(s, "l", "i") }

// letters returns the letters of a text and, for each byte of them, the index of
// its character in the text.
func letters(s string) (only string, positions []int) {
	var b strings.Builder
	for i, r := range []rune(s) {
		if unicode.IsLetter(r) {
			b.WriteRune(r)
			for len(positions) < b.Len() {
				positions = append(positions, i)
			}
		}
	}
	return b.String(), positions
}
