package rest

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestIntegersAreNormalized(t *testing.T) {
	untouched := func(text string) string { return text }
	for text, want := range map[string]string{
		`3`: `3`, `3.0`: `3`, `3e0`: `3`, `0.3e1`: `3`, `2E2`: `200`, `-0`: `0`, `-0.0`: `0`, `-1.0`: `-1`,
		`"3"`: `3`, `" 3 "`: `3`, `"+3"`: `3`, `"-1"`: `-1`, `"007"`: `7`, `"\u00a03"`: `3`,
		`3.5`:                               untouched(`3.5`),
		`1e-1`:                              untouched(`1e-1`),
		`1e400`:                             untouched(`1e400`),
		`1e30`:                              untouched(`1e30`),
		`18446744073709551616`:              untouched(`18446744073709551616`),
		`"` + strings.Repeat("9", 30) + `"`: strings.Repeat("9", 30),
		`"3.0"`:                             untouched(`"3.0"`),
		`"3.5"`:                             untouched(`"3.5"`),
		`"1e2"`:                             untouched(`"1e2"`),
		`"1_000"`:                           untouched(`"1_000"`),
		`"0x3"`:                             untouched(`"0x3"`),
		`"٣"`:                               untouched(`"٣"`),
		`"+ 3"`:                             untouched(`"+ 3"`),
		`"--3"`:                             untouched(`"--3"`),
		`"A"`:                               untouched(`"A"`),
		`""`:                                untouched(`""`),
		`true`:                              untouched(`true`),
		`null`:                              untouched(`null`),
		`[3]`:                               untouched(`[3]`),
	} {
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

func TestEmptyAndNullColumnLettersAreSwapped(t *testing.T) {
	body := object{"col_a": "", "col_b": nil, "col_c": "C", "col_d": []any{}, "hora_corte": "", "otro": nil}
	normalizeColumnLetters(body)
	want := object{"col_a": nil, "col_b": "", "col_c": "C", "col_d": []any{}, "hora_corte": "", "otro": nil}
	if !reflect.DeepEqual(body, want) {
		t.Errorf("got %v, want %v", body, want)
	}
}

func TestEmptyAPIKeyBecomesNull(t *testing.T) {
	for _, c := range []struct{ body, want object }{
		{object{"api_key": ""}, object{"api_key": nil}},
		{object{"api_key": " "}, object{"api_key": " "}},
		{object{"api_key": object{}}, object{"api_key": object{}}},
		{object{"proveedor": ""}, object{"proveedor": ""}},
	} {
		normalizeAPIKey(c.body)
		if !reflect.DeepEqual(c.body, c.want) {
			t.Errorf("got %v, want %v", c.body, c.want)
		}
	}
}
