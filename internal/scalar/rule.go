package scalar

import (
	"strconv"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// Rule names what a value must be. The set is closed, so that an edge can word
// each rule in a language of its own.
type Rule int

const (
	// Text: a string, not a number, a boolean, a list, an object or null.
	Text Rule = iota + 1
	// Characters: valid UTF-8 without U+0000, which PostgreSQL cannot store,
	// and without U+FFFD, which stands for text that was broken on its way.
	Characters
	// Length: Min to Max characters (Unicode code points).
	Length
	// Bytes: at most Max bytes of UTF-8.
	Bytes
	// Integer: a number written without fraction or exponent.
	Integer
	// Range: a number from Min to Max, both included.
	Range
	// Timestamp: an RFC 3339 date and time with its offset.
	Timestamp
	// TimeOfDay: HH:MM, from 00:00 to 23:59.
	TimeOfDay
	// Letters: one or two ASCII letters, the name of a spreadsheet column.
	Letters
	// Email: something on both sides of one @, without spaces.
	Email
)

// RuleError tells which rule of which scalar a value breaks, never the value.
// It unwraps to a *apperr.Error with the code BAD_USER_INPUT.
type RuleError struct {
	Scalar string
	Rule   Rule
	// Min and Max are the limits of Length and Range; Bytes has only Max.
	Min, Max int
}

// Error returns an English sentence that any caller may read.
func (e *RuleError) Error() string {
	switch e.Rule {
	case Text:
		return "must be text"
	case Characters:
		return "must be valid Unicode text without U+0000 and U+FFFD"
	case Length:
		return "must be " + e.limits() + " characters long"
	case Bytes:
		return "must be " + e.limits() + " bytes long in UTF-8"
	case Integer:
		return "must be an integer"
	case Range:
		return "must be " + e.limits()
	case Timestamp:
		return "must be an RFC 3339 date and time, such as 2025-06-01T09:00:00.000Z"
	case TimeOfDay:
		return "must be a time HH:MM from 00:00 to 23:59"
	case Letters:
		return "must be a column from A to ZZ: one or two letters"
	case Email:
		return "must be an e-mail address"
	default:
		return "is not valid"
	}
}

func (e *RuleError) limits() string {
	if e.Min == 0 && e.Rule != Range {
		return "at most " + strconv.Itoa(e.Max)
	}
	return strconv.Itoa(e.Min) + " to " + strconv.Itoa(e.Max)
}

// Unwrap gives the error its place in the server's vocabulary.
func (e *RuleError) Unwrap() error {
	return apperr.New(apperr.BadUserInput, e.Error())
}

func broken(scalar string, rule Rule) error {
	return &RuleError{Scalar: scalar, Rule: rule}
}

func outside(scalar string, rule Rule, lowest, highest int) error {
	return &RuleError{Scalar: scalar, Rule: rule, Min: lowest, Max: highest}
}
