package connection

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxModels is the maximum number of names in Check.Models.
const MaxModels = 500

// maxText is the maximum length of a label and of the name of a model, in characters.
const maxText = 100

// accountLabel returns the full name, or else the e-mail address, of an account.
func accountLabel(firstName, lastName, email string) string {
	if name := clean(firstName + " " + lastName); name != "" {
		return name
	}
	return clean(email)
}

// cleanModels sorts the names of models and leaves out equal and empty ones.
func cleanModels(names []string) []string {
	cleaned := make([]string, 0, len(names))
	for _, name := range names {
		if name = clean(name); name != "" {
			cleaned = append(cleaned, name)
		}
	}
	slices.Sort(cleaned)
	cleaned = slices.Compact(cleaned)
	return slices.Clone(cleaned[:min(len(cleaned), MaxModels)])
}

// clean returns the first 100 printable characters of a text, with single spaces.
// Control and format characters, which can reorder text, are not printable.
func clean(text string) string {
	printable := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsPrint(r) && r != utf8.RuneError:
			return r
		}
		return -1
	}, text)
	characters := []rune(strings.Join(strings.Fields(printable), " "))
	return strings.TrimSpace(string(characters[:min(len(characters), maxText)]))
}
