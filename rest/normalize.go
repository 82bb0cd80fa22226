package rest

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
)

// normalizeAPIKey replaces an empty API key by null: legacy clients remove the
// stored API key with either.
func normalizeAPIKey(body object) {
	if body["api_key"] == "" {
		body["api_key"] = nil
	}
}

// normalizeColumnLetters swaps "" and null: legacy clients send "" for an unset
// column and must not send null; the schema accepts null and rejects "".
func normalizeColumnLetters(body object) {
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

// normalizeIntegers turns the forms "3" and 3.0 of an integer into 3.
func normalizeIntegers(body object) {
	for name, value := range body {
		switch v := value.(type) {
		case json.Number:
			body[name] = normalizeNumber(v)
		case string:
			body[name] = parseInteger(v)
		}
	}
}

// maxExact is 2^53: a float64 represents every integer below it exactly.
const maxExact = 1 << 53

// normalizeNumber returns an integral number without fraction and exponent, and
// any other number unchanged.
func normalizeNumber(n json.Number) json.Number {
	f, err := n.Float64()
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= maxExact {
		return n
	}
	return json.Number(strconv.FormatInt(int64(f), 10))
}

// parseInteger returns the number that s holds in decimal digits, with an optional
// sign and surrounding white space. A number that overflows int64 stays a number,
// so that ColumnIndex reports it as out of range. Any other text is returned
// unchanged.
func parseInteger(s string) any {
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
