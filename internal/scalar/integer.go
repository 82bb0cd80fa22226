package scalar

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"github.com/99designs/gqlgen/graphql"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// Integer returns v, or an error unless it is an integer from minimum to maximum. v is
// a value as for Check.
func Integer(v any, minimum, maximum int) (int, error) {
	var n int64
	err := strconv.ErrSyntax
	switch v := v.(type) {
	case int:
		n, err = int64(v), nil
	case int64: // a literal in a document
		n, err = v, nil
	case json.Number: // a variable or a REST body
		n, err = strconv.ParseInt(string(v), 10, 64)
	}
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && (n < int64(minimum) || n > int64(maximum)):
		return 0, invalid(apperr.MustBeInRange, minimum, maximum)
	case err != nil:
		return 0, invalid(apperr.MustBeInteger)
	}
	return int(n), nil
}

// ColumnIndex is the number of a spreadsheet column, 0 to 200.
type ColumnIndex int

// UnmarshalGQL accepts integers only: it rejects 3.0 and "3".
func (c *ColumnIndex) UnmarshalGQL(v any) error {
	n, err := Integer(v, 0, 200)
	if err != nil {
		return err
	}
	*c = ColumnIndex(n)
	return nil
}

// MarshalGQL writes the number.
func (c ColumnIndex) MarshalGQL(w io.Writer) { graphql.MarshalInt(int(c)).MarshalGQL(w) }
