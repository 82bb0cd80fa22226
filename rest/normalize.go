package rest

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
)

// emptyKeyIsNone: an empty key means that there shall be none.
func emptyKeyIsNone(body object) {
	if body["api_key"] == "" {
		body["api_key"] = nil
	}
}

// emptyColumnsAreNone: the legacy callers write "" for no column and may not
// write null; in the schema it is the other way round.
func emptyColumnsAreNone(body object) {
	for name, value := range body {
		if !strings.HasPrefix(name, "col_") {
			continue
		}
		switch value {
		case "":
			body[name] = nil
		case nil:
			body[name] = ""
		}
	}
}

// wholeNumbers: the legacy callers may write 3 also as 3.0 or "3".
func wholeNumbers(body object) {
	for name, value := range body {
		switch v := value.(type) {
		case json.Number:
			body[name] = wholeNumber(v)
		case string:
			body[name] = wholeText(v)
		}
	}
}

// maxExact is the first integer from which on a float64 skips some.
const maxExact = 1 << 53

// wholeNumber writes a number without fraction and exponent, if it has such a
// form, and leaves it alone otherwise.
func wholeNumber(n json.Number) json.Number {
	f, err := n.Float64()
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= maxExact {
		return n
	}
	return json.Number(strconv.FormatInt(int64(f), 10))
}

// wholeText reads digits with an optional sign, spaces around them allowed. One
// that is too large stays a number, to be refused as such; any other text is
// left alone.
func wholeText(s string) any {
	trimmed := strings.TrimSpace(s)
	n, err := strconv.ParseInt(trimmed, 10, 64)
	switch {
	case err == nil:
		return json.Number(strconv.FormatInt(n, 10))
	case errors.Is(err, strconv.ErrRange):
		return json.Number(trimmed)
	}
	return s
}
