// Package weakpassword knows passwords that are guessed first.
//
// common.txt holds those of at least 8 characters among the 49,233 most common
// passwords, most common first and in lower case. The list is that of the npm
// package @zxcvbn-ts/language-common 4.1.3, whose licence is beside it.
package weakpassword

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
)

//go:embed common.txt
var commonText string

// common is read when it is first needed, not at every start.
var common = sync.OnceValue(func() map[string]struct{} {
	set := make(map[string]struct{}, strings.Count(commonText, "\n"))
	for password := range strings.Lines(commonText) {
		set[strings.TrimSuffix(password, "\n")] = struct{}{}
	}
	return set
})

// Is tells whether a password is one of the most common, or little more than
// something that is known of its owner: the e-mail address, a part of it, or
// the company's name, with whatever digits and signs around. Case does not
// count.
func Is(password, email, company string) bool {
	if _, ok := common()[strings.ToLower(password)]; ok {
		return true
	}
	bare := letters(password)
	for _, known := range knownOf(email, company) {
		if known = letters(known); known != "" && bare == known {
			return true
		}
	}
	return false
}

// knownOf lists what is known of a user.
func knownOf(email, company string) []string {
	local, domain, _ := strings.Cut(email, "@")
	name, _, _ := strings.Cut(domain, ".")
	return []string{email, local, domain, name, company}
}

// letters leaves only the letters of a text, in lower case.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, text)
}
