package connection_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/connection"
	"github.com/stay-sidekick/profile-server/test/support/testprovider"
)

func respondJSON(t *testing.T, s *testprovider.Server, body any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	s.Override(testprovider.Answer(http.StatusOK, "application/json", string(text)))
}

// cleaned are texts of a provider and what remains of them.
var cleaned = map[string]string{
	strings.Repeat("ñ", 5000):                strings.Repeat("ñ", 100),
	strings.Repeat("a", 99) + " b":           strings.Repeat("a", 99),
	" \tAna\r\n  María\x00\x1b[31m ":         "Ana María[31m",
	"Ana\u202e\u200b\ufeff\u2028Mar\u00a0ía": "Ana Mar ía",
	"a\ufffd\U000e0001\ue000b":               "ab",
	"日本 😀 <b>":                               "日本 😀 <b>",
}

func TestLabelOfAnAccountIsShortAndPrintable(t *testing.T) {
	t.Parallel()
	s := testprovider.New(t)
	c := connection.New(connection.Config{URLs: s.URLs()})
	for text, want := range cleaned {
		for provider, body := range map[string]any{
			connection.Smoobu:    map[string]any{"firstName": text, "email": "a@b.example"},
			connection.Cloudbeds: map[string]any{"first_name": "\x00", "last_name": nil, "email": text},
		} {
			respondJSON(t, s, body)
			got := c.Check(t.Context(), with(provider, "key"))
			if got.Status != connection.Valid || got.Account != want {
				t.Errorf("%s: %.50q: got %s %q, want %q", provider, text, got.Status, got.Account, want)
			}
		}
	}
}

func TestNamesOfModelsAreShortPrintableAndAtMost500(t *testing.T) {
	t.Parallel()
	s := testprovider.New(t)
	c := connection.New(connection.Config{URLs: s.URLs()})
	expect := func(want []string, names ...string) {
		t.Helper()
		for provider, members := range map[string][2]string{
			connection.OpenAI: {"data", "id"}, connection.Claude: {"data", "id"}, connection.Gemini: {"models", "name"},
		} {
			var list []any
			for _, name := range names {
				list = append(list, map[string]string{members[1]: name})
			}
			respondJSON(t, s, map[string]any{members[0]: list})
			if got := c.Check(t.Context(), with(provider, "key")); got.Status != connection.Valid || !slices.Equal(got.Models, want) {
				t.Errorf("%s: got %s and %d names: %.300q", provider, got.Status, len(got.Models), got.Models)
			}
		}
	}
	for text, want := range cleaned {
		expect([]string{want}, text)
	}
	expect(nil, "", "\x00", " ")
	var names []string
	for i := range 999 {
		names = append(names, fmt.Sprintf("model-%03d", 998-i))
	}
	var first []string
	for i := range connection.MaxModels {
		first = append(first, fmt.Sprintf("model-%03d", i))
	}
	expect(first, names...)
}
