package rest

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestIntegersAreNormalized(t *testing.T) {
	cases := map[string]string{
		`3`: `3`, `3.0`: `3`, `3e0`: `3`, `0.3e1`: `3`, `2E2`: `200`, `-0`: `0`, `-0.0`: `0`, `-1.0`: `-1`,
		`"3"`: `3`, `" 3 "`: `3`, `"+3"`: `3`, `"-1"`: `-1`, `"007"`: `7`, `"\u00a03"`: `3`,
		`"` + strings.Repeat("9", 30) + `"`: strings.Repeat("9", 30),
	}
	for _, unchanged := range []string{
		`3.5`, `1e-1`, `1e400`, `1e30`, `18446744073709551616`, `"3.0"`, `"3.5"`, `"1e2"`, `"1_000"`, `"0x3"`, `"٣"`, `"+ 3"`,
		`"--3"`, `"A"`, `""`, `true`, `null`, `[3]`,
	} {
		cases[unchanged] = unchanged
	}
	for text, want := range cases {
		body, err := decodeBody([]byte(`{"n":` + text + `}`))
		if err != nil {
			t.Fatal(err)
		}
		normalizeIntegers(body)
		if got, _ := json.Marshal(body["n"]); string(got) != want {
			t.Errorf("%s became %s, want %s", text, got, want)
		}
	}
}

func TestEmptyTextAndNullAreNormalized(t *testing.T) {
	for _, c := range []struct {
		normalize  func(object)
		body, want object
	}{
		{normalizeColumnLetters,
			object{"col_a": "", "col_b": nil, "col_c": "C", "col_d": []any{}, "hora_corte": "", "otro": nil},
			object{"col_a": nil, "col_b": "", "col_c": "C", "col_d": []any{}, "hora_corte": "", "otro": nil}},
		{normalizeAPIKey, object{"api_key": "", "proveedor": ""}, object{"api_key": nil, "proveedor": ""}},
		{normalizeAPIKey, object{"api_key": " "}, object{"api_key": " "}},
		{normalizeAPIKey, object{"api_key": object{}}, object{"api_key": object{}}},
	} {
		if c.normalize(c.body); !reflect.DeepEqual(c.body, c.want) {
			t.Errorf("got %v, want %v", c.body, c.want)
		}
	}
}
