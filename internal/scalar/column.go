package scalar

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"github.com/99designs/gqlgen/graphql"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

const columnIndexMax = 200

// ColumnIndex is the number of a spreadsheet column, 0 to 200.
type ColumnIndex int

// UnmarshalGQL accepts integers only: it rejects 3.0 and "3".
func (c *ColumnIndex) UnmarshalGQL(v any) error {
	n, err := integerOf(v)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return invalid(apperr.MustBeInRange, 0, columnIndexMax)
	case err != nil:
		return invalid(apperr.MustBeInteger)
	case n < 0 || n > columnIndexMax:
		return invalid(apperr.MustBeInRange, 0, columnIndexMax)
	}
	*c = ColumnIndex(n)
	return nil
}

// MarshalGQL writes the number.
func (c ColumnIndex) MarshalGQL(w io.Writer) {
	graphql.MarshalInt(int(c)).MarshalGQL(w)
}

// integerOf returns an integer from a literal in the document (int64), a variable
// or a REST body (json.Number), or Go code (int). The error is strconv.ErrRange for
// an integer that overflows int64, and strconv.ErrSyntax otherwise.
func integerOf(v any) (int64, error) {
	switch v := v.(type) {
	case int:
		return int64(v), nil
	case int64:
		return v, nil
	case json.Number:
		return strconv.ParseInt(string(v), 10, 64)
	default:
		return 0, strconv.ErrSyntax
	}
}

// ColumnLetters is the name of a spreadsheet column: A to ZZ in either case, kept
// as sent. An unset column is null, not "".
type ColumnLetters string

// UnmarshalGQL checks v.
func (c *ColumnLetters) UnmarshalGQL(v any) error {
	s, err := textOf(v)
	if err != nil {
		return err
	}
	if !isColumn(s) {
		return invalid(apperr.MustBeColumnLetters)
	}
	*c = ColumnLetters(s)
	return nil
}

// MarshalGQL writes the letters as a JSON string.
func (c ColumnLetters) MarshalGQL(w io.Writer) {
	graphql.MarshalString(string(c)).MarshalGQL(w)
}

func isColumn(s string) bool {
	switch len(s) {
	case 1:
		return isLetter(s[0])
	case 2:
		return isLetter(s[0]) && isLetter(s[1])
	default:
		return false
	}
}

func isLetter(b byte) bool { return 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z' }
