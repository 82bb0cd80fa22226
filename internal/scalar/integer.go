package scalar

import (
	"encoding/json"
	"errors"
	"strconv"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// Integer returns v, or an error unless it is an integer from minimum to maximum. v is
// a value as for Check.
func Integer(v any, minimum, maximum int) (int, error) {
	n, err := integerOf(v)
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && (n < int64(minimum) || n > int64(maximum)):
		return 0, invalid(apperr.MustBeInRange, minimum, maximum)
	case err != nil:
		return 0, invalid(apperr.MustBeInteger)
	}
	return int(n), nil
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
