package graph_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// text is the JSON of a string, which is also a literal of GraphQL.
func text(value string) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(encoded)
}

// edges has, for each rule of each scalar, the last values that keep it and the
// first ones that do not. Values are JSON.
var edges = map[string]struct{ good, bad []string }{
	"LocalTime": {
		good: []string{text("00:00"), text("09:05"), text("19:59"), text("23:59")},
		bad: []string{text("24:00"), text("23:60"), text("9:05"), text("20:00:00"), text("20.00"), text(" 20:00"), text("20:00\n"),
			text("٢٠:٠٠"), text("-1:00"), text(""), "2000", "true"},
	},
	"ColumnIndex": {
		good: []string{"0", "1", "200"},
		bad:  []string{"-1", "201", "4294967296", "9223372036854775807", "3.0", "1e2", text("3"), "true", "[1]"},
	},
	"ColumnLetters": {
		good: []string{text("A"), text("z"), text("ZZ"), text("aB")},
		bad:  []string{text(""), text("AAA"), text("@"), text("["), text("`"), text("{"), text("A1"), text("Ñ"), text("A "), "10"},
	},
	"EmailAddress": {
		good: []string{text("a@b"), text("  A@B\t"), text(strings.Repeat("ñ", 252) + "@b")},
		bad: []string{text(strings.Repeat("ñ", 253) + "@b"), text("nobody"), text("@host"), text("nobody@"), text("no@bo@dy"),
			text("no body@host"), text("nobody@host\nBcc: x"), text(""), "12"},
	},
	"Password": {
		good: []string{text("x"), text(" "), text(strings.Repeat("ñ", 128))},
		bad:  []string{text(""), text(strings.Repeat("ñ", 129)), "12345678", "false"},
	},
	"NewPassword": {
		good: []string{text("q7-Lw2xz"), text(strings.Repeat("ñ", 36)), text(strings.Repeat("x", 72))},
		bad: []string{text("q7-Lw2x"), text(strings.Repeat("ñ", 36) + "x"), text(strings.Repeat("x", 73)), text(strings.Repeat("x", 128)),
			text(strings.Repeat("x", 129)), "12345678"},
	},
	"ApiKey": {
		good: []string{text("k"), text(" k "), text(strings.Repeat("🔑", 500))},
		bad:  []string{text(""), text(strings.Repeat("k", 501)), text(strings.Repeat("🔑", 501)), "12345678", `["k"]`},
	},
	"ModelName": {
		good: []string{text(""), text("gpt-4o \"mini\" \\ñ鍵"), text(strings.Repeat("🔑", 100))},
		bad:  []string{text(strings.Repeat("m", 101)), text(strings.Repeat("🔑", 101)), "4", "4.5", "true"},
	},
}

func TestEachRuleOfEachScalarAtItsEdges(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	for scalar, values := range edges {
		for way, literal := range waysOfValues {
			t.Run(scalar+" as a "+way, func(t *testing.T) {
				p := s.People(t)
				for _, value := range values.good {
					t.Run("takes "+short(value), func(t *testing.T) { wantTaken(t, s, p, scalar, value, literal) })
				}
				for _, value := range values.bad {
					t.Run("refuses "+short(value), func(t *testing.T) { wantBadInput(t, s, p, scalar, value, literal) })
				}
			})
		}
	}
}

// short keeps the names of tests readable.
func short(value string) string {
	if runes := []rune(value); len(runes) > 20 {
		return string(runes[:20]) + "…"
	}
	return value
}

// 2 to the 64th is 0 in 64 bits. As a literal it is refused with the document.
func TestIntegersBeyond64BitsAreRefused(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	wantBadInput(t, s, p, "ColumnIndex", "18446744073709551616", false)
	answer := s.Post(t, s.Token(t, p.Admin), bodyWith(t, "ColumnIndex", "18446744073709551616", true))
	if answer.Code() != "GRAPHQL_VALIDATION_FAILED" {
		t.Errorf("not refused: %s", answer.Body)
	}
	wantStored(t, s, "{}", "select configuracion::text from empresas where id = $1", p.Company.ID)
}
