// Package weakpassword rejects passwords that are easy to guess.
//
// It divides a password into the parts with the lowest total score. A password
// with a score below 8 is weak:
//
//	part                                                      points
//	the first common word or password                         0
//	each further common word or password                      5
//	a word of the user or of the product                      1
//	a sequence, a keyboard walk, a repetition, a year         2
//	any other letter                                          2
//	any other digit or symbol                                 1
//
// It ignores case, accents and common substitutions (passw0rd). A password that
// repeats a unit of fewer than 8 characters is weak, too. A password of at least 8
// characters without any of these parts is not weak.
package weakpassword

import (
	"slices"
	"strings"
	"unicode"
)

// Is reports whether a password is weak for the user with this e-mail address and
// company. Its time grows with the cube of the length: a password of 72 bytes
// takes less than a millisecond.
func Is(password, email, company string) bool {
	t := newText(password)
	end := len(t.runes)
	for unit := 1; unit < 8 && 2*unit <= end; unit++ {
		if strings.HasPrefix(t.plain, t.part(unit, end)) {
			return true
		}
	}
	personal := t.personalWords(email, company)
	// scores[0][i] is the lowest score of the first i characters without a common
	// word, scores[1][i] with at least one.
	scores := [2][]int{slices.Repeat([]int{unreachable}, end+1), slices.Repeat([]int{unreachable}, end+1)}
	scores[0][0] = 0
	for start, r := range t.runes {
		add := func(end, points int) {
			for _, s := range scores {
				s[end] = min(s[end], s[start]+points)
			}
		}
		add(start+1, points(r))
		for _, end := range personal[start] {
			add(end, 1)
		}
		t.patterns(start, func(end int) { add(end, 2) })
		t.commonWords(start, func(end int) {
			scores[1][end] = min(scores[1][end], scores[0][start], scores[1][start]+5)
		})
	}
	return min(scores[0][end], scores[1][end]) < 8
}

const unreachable = 1000

func points(r rune) int {
	if unicode.IsLetter(r) {
		return 2
	}
	return 1
}
