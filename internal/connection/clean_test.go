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

// wantCleaned sends texts to a check as names of models, and the first one as the name
// of the account.
func wantCleaned(t *testing.T, want []string, texts ...string) {
	t.Helper()
	s := testprovider.New(t)
	c := connection.New(connection.Config{URLs: s.URLs()})
	var ids, names []any
	for _, text := range texts {
		ids, names = append(ids, map[string]string{"id": text}), append(names, map[string]string{"name": text})
	}
	body, err := json.Marshal(map[string]any{"data": ids, "models": names, "firstName": texts[0], "last_name": "\x00", "email": texts[0]})
	if err != nil {
		t.Fatal(err)
	}
	s.Override(testprovider.Answer(http.StatusOK, "application/json", string(body)))
	for _, provider := range []string{connection.OpenAI, connection.Claude, connection.Gemini} {
		if got := c.Check(t.Context(), with(provider, "key")); got.Status != connection.Valid || !slices.Equal(got.Models, want) {
			t.Errorf("%s: got %s and %d names: %.300q", provider, got.Status, len(got.Models), got.Models)
		}
	}
	for _, provider := range []string{connection.Smoobu, connection.Cloudbeds} {
		if got := c.Check(t.Context(), with(provider, "key")); len(want) == 1 && (got.Status != connection.Valid || got.Account != want[0]) {
			t.Errorf("%s: got %s %q, want %q", provider, got.Status, got.Account, want[0])
		}
	}
}

func TestTextsOfProvidersAreShortPrintableAndAtMost500(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		strings.Repeat("ñ", 5000):                strings.Repeat("ñ", 100),
		strings.Repeat("a", 99) + " b":           strings.Repeat("a", 99),
		" \tAna\r\n  María\x00\x1b[31m ":         "Ana María[31m",
		"Ana\u202e\u200b\ufeff\u2028Mar\u00a0ía": "Ana Mar ía",
		"a\ufffd\U000e0001\ue000b":               "ab",
		"日本 😀 <b>":                               "日本 😀 <b>",
	} {
		wantCleaned(t, []string{want}, text)
	}
	wantCleaned(t, nil, "", "\x00", " ")
	var names, first []string
	for i := range 999 {
		names = append(names, fmt.Sprintf("model-%03d", 998-i))
	}
	for i := range connection.MaxModels {
		first = append(first, fmt.Sprintf("model-%03d", i))
	}
	wantCleaned(t, first, names...)
}
