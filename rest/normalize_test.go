package rest

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestIntegersAreNormalized(t *testing.T) {
	cases := map[string]string{
		`3`: `3`, `3.0`: `3`, `3e0`: `3`, `0.3e1`: `3`, `2E2`: `200`, `-0`: `-0`, `-0.0`: `-0`, `1e30`: `1` + strings.Repeat("0", 30), `-1.0`: `-1`,
		`"3"`: `3`, `" 3 "`: `3`, `"+3"`: `3`, `"-1"`: `-1`, `"007"`: `7`, `"\u00a03"`: `3`,
		`"` + strings.Repeat("9", 30) + `"`: strings.Repeat("9", 30),
	}
	for _, unchanged := range []string{
		`3.5`, `1e-1`, `1e400`, `"3.0"`, `"3.5"`, `"1e2"`, `"1_000"`, `"0x3"`, `"٣"`, `"+ 3"`,
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
