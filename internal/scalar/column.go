package scalar

import (
	"io"

	"github.com/99designs/gqlgen/graphql"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

const columnIndexMax = 200

// ColumnIndex is the number of a spreadsheet column, 0 to 200.
type ColumnIndex int

// UnmarshalGQL accepts integers only: it rejects 3.0 and "3".
func (c *ColumnIndex) UnmarshalGQL(v any) error {
	n, err := Integer(v, 0, columnIndexMax)
	if err != nil {
		return err
	}
	*c = ColumnIndex(n)
	return nil
}

// MarshalGQL writes the number.
func (c ColumnIndex) MarshalGQL(w io.Writer) {
	graphql.MarshalInt(int(c)).MarshalGQL(w)
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
