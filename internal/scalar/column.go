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

// UnmarshalGQL takes integers only; 3.0 and "3" are refused.
func (c *ColumnIndex) UnmarshalGQL(v any) error {
	n, err := integerOf(v)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return rejected(apperr.MustBeInRange, 0, columnIndexMax)
	case err != nil:
		return rejected(apperr.MustBeInteger)
	case n < 0 || n > columnIndexMax:
		return rejected(apperr.MustBeInRange, 0, columnIndexMax)
	}
	*c = ColumnIndex(n)
	return nil
}

// MarshalGQL writes the number.
func (c ColumnIndex) MarshalGQL(w io.Writer) {
	graphql.MarshalInt(int(c)).MarshalGQL(w)
}

// integerOf reads the forms in which an integer reaches a scalar: int64 from a
// literal in the document, json.Number from a variable or a REST body, int
// from Go code. An integer that int64 cannot hold is strconv.ErrRange.
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

// ColumnLetters is the name of a spreadsheet column, A to ZZ in either case,
// kept as sent. No column is null, not "".
type ColumnLetters string

// UnmarshalGQL checks v.
func (c *ColumnLetters) UnmarshalGQL(v any) error {
	s, err := textOf(v)
	if err != nil {
		return err
	}
	if !isColumn(s) {
		return rejected(apperr.MustBeColumnLetters)
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
