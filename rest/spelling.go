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

// session answers a sign-in.
func session(data object) object {
	login := data["login"].(object)
	return object{
		"token":                 login["token"],
		"debe_cambiar_password": login["user"].(object)["debe_cambiar_password"],
	}
}

// company answers what the document asks of the company.
func company(data object) object {
	return data["me"].(object)["company"].(object)
}

func profile(data object) object {
	user := data["data"].(object)
	user["rol"] = legacyRole(user["rol"].(string))
	user["password_changed_at"] = legacyTime(user["password_changed_at"])
	return data
}

func legacyRole(role string) string {
	if role == "OPERATOR" {
		return "operativo"
	}
	return strings.ToLower(role)
}

// legacyTime writes a moment as Python's isoformat does: with an offset, and
// with microseconds only when they are not zero.
func legacyTime(at any) any {
	text, ok := at.(string)
	if !ok {
		return nil
	}
	return strings.TrimSuffix(strings.TrimSuffix(text, "Z"), ".000000") + "+00:00"
}

func integrations(data object) object {
	answer := company(data)
	for _, name := range []string{"pms", "ia"} {
		service := answer["data"].(object)[name].(object)
		if provider, ok := service["proveedor"].(string); ok {
			service["proveedor"] = strings.ToLower(provider)
		}
	}
	return answer
}

// lateCheckIn lists the columns beside the time, those that are not set as "".
func lateCheckIn(data object) object {
	answer := company(data)
	config := answer["config"].(object)
	for name, letters := range config["columns"].(object) {
		if letters == nil {
			letters = ""
		}
		config[name] = letters
	}
	delete(config, "columns")
	return answer
}
