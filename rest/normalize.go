package rest

import (
	"encoding/json"
	"math"
	"math/big"
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

// normalizeIntegers turns the forms "3" and 3.0 of an integer into 3. A string may have
// a sign and surrounding white space. Any other value is unchanged.
func normalizeIntegers(body object) {
	for name, value := range body {
		switch v := value.(type) {
		case json.Number:
			if f, err := v.Float64(); err == nil && f == math.Trunc(f) {
				body[name] = json.Number(strconv.FormatFloat(f, 'f', -1, 64))
			}
		case string:
			if n, ok := new(big.Int).SetString(strings.TrimSpace(v), 10); ok {
				body[name] = json.Number(n.String())
			}
		}
	}
}
