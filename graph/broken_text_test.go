package graph_test

import (
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// Text that PostgreSQL cannot store, or that was broken on its way. Each is
// written as it travels: in the JSON of a variable, or in a literal.
func TestTextScalarsRefuseWhatCannotBeKept(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	for name, value := range map[string]string{
		"U+0000":                        `"abcd\u0000@efgh"`,
		"U+0000 at the end":             `"abcd@efgh\u0000"`,
		"U+FFFD, escaped":               `"abcd\ufffd@efgh"`,
		"U+FFFD":                        "\"abcd\uFFFD@efgh\"",
		"a high surrogate alone":        `"abcd\ud83d@efgh"`,
		"a low surrogate alone":         `"abcd\udd11@efgh"`,
		"surrogates in the wrong order": `"abcd\udd11\ud83d@efgh"`,
		"a high surrogate at the end":   `"abcd@efgh\ud800"`,
	} {
		for scalar := range places {
			if scalar == "ColumnIndex" {
				continue
			}
			for way, literal := range waysOfValues {
				t.Run(scalar+" refuses "+name+" as a "+way, func(t *testing.T) { wantBadInput(t, s, p, scalar, value, literal) })
			}
		}
	}
}

func TestABodyThatIsNotUtf8IsRefused(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	for name, value := range map[string]string{"a broken sequence": "abcd\xc3", "a surrogate": "abcd\xed\xa0\x80", "Latin-1": "contrase\xf1a"} {
		body := bodyWith(t, "ApiKey", `"VALUE"`, false)
		answer := s.Post(t, s.Token(t, p.Admin), strings.Replace(body, "VALUE", value, 1))
		if answer.Code() != "BAD_USER_INPUT" || strings.Contains(answer.Body, "abcd") {
			t.Errorf("%s: %s", name, answer.Body)
		}
	}
	wantStored(t, s, "0", "select count(*)::text from configuracion_pms")
}

func TestEscapedTextArrivesWhole(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	for name, value := range map[string]string{
		"a pair of surrogates":   `"key \ud83d\udd11"`,
		"quotes and backslashes": `"\"\\\/\b\f\n\r\t"`,
		"what HTML escapes":      `"<&>\u2028"`,
		"U+0001 and U+FFFE":      `"\u0001\ufffe"`,
	} {
		t.Run(name, func(t *testing.T) { wantTaken(t, s, p, "ApiKey", value, false) })
	}
}
