package graph_test

import (
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// An AI key belongs to its provider; docs/decisions/0006-ai-key.md.
func TestWhatBecomesOfAStoredAiKey(t *testing.T) {
	t.Parallel()
	const (
		nothing = ""    // stored: no row
		old     = "old" // the stored key
		fresh   = "new" // the given key
		refused = "KEY_REQUIRED"
	)
	omitted := object{}
	removed := object{"apiKey": nil}
	given := object{"apiKey": fresh}
	s := testserver.New(t, testdb.Alembic)
	p := s.People(t)
	token, id := s.Token(t, p.Admin), p.Company.ID
	for _, c := range []struct {
		name          string
		provider, key string // stored
		asked         string
		apiKey        object
		want          string // the key afterwards, or KEY_REQUIRED
	}{
		{name: "omitted with the same provider keeps it", provider: "openai", key: old, asked: "OPENAI", apiKey: omitted, want: old},
		{name: "null with the same provider removes it", provider: "openai", key: old, asked: "OPENAI", apiKey: removed, want: ""},
		{name: "another one with the same provider replaces it", provider: "openai", key: old, asked: "OPENAI", apiKey: given, want: fresh},

		{name: "omitted with another provider is refused", provider: "openai", key: old, asked: "CLAUDE", apiKey: omitted, want: refused},
		{name: "null with another provider removes it", provider: "openai", key: old, asked: "CLAUDE", apiKey: removed, want: ""},
		{name: "one of another provider replaces it", provider: "openai", key: old, asked: "CLAUDE", apiKey: given, want: fresh},

		{name: "omitted with DEFAULT drops it", provider: "openai", key: old, asked: "DEFAULT", apiKey: omitted, want: ""},
		{name: "null with DEFAULT removes it", provider: "openai", key: old, asked: "DEFAULT", apiKey: removed, want: ""},
		{name: "one that is given is stored also for DEFAULT", provider: "openai", key: old, asked: "DEFAULT", apiKey: given, want: fresh},
		{name: "omitted with DEFAULT drops that of DEFAULT too", provider: "default", key: old, asked: "DEFAULT", apiKey: omitted, want: ""},
		{name: "omitted after DEFAULT is refused", provider: "default", key: old, asked: "OPENAI", apiKey: omitted, want: refused},

		{name: "omitted stays none with the same provider", provider: "openai", asked: "OPENAI", apiKey: omitted, want: ""},
		{name: "omitted with another provider is refused also without a stored one", provider: "openai", asked: "CLAUDE", apiKey: omitted, want: refused},

		{name: "omitted is refused where nothing is stored", provider: nothing, asked: "OPENAI", apiKey: omitted, want: refused},
		{name: "omitted with DEFAULT is none where nothing is stored", provider: nothing, asked: "DEFAULT", apiKey: omitted, want: ""},
		{name: "null is none where nothing is stored", provider: nothing, asked: "OPENAI", apiKey: removed, want: ""},
		{name: "one is stored where nothing was", provider: nothing, asked: "OPENAI", apiKey: given, want: fresh},

		{name: "omitted after a provider that is not known here is refused", provider: "mistral", key: old, asked: "OPENAI", apiKey: omitted, want: refused},
	} {
		t.Run(c.name, func(t *testing.T) {
			execute(t, s, "delete from configuracion_ia")
			if c.provider != nothing {
				putAi(t, s, id, c.provider, c.key)
			}
			before := rowsOf(t, s, id)
			payload := mutate(t, s, token, setAiMutation, object{"input": with(c.apiKey, "provider", c.asked)})
			if c.want == refused {
				if got := payload.refusal(t); got != "KEY_REQUIRED input.apiKey" {
					t.Errorf("user error %q", got)
				}
				if rowsOf(t, s, id) != before {
					t.Error("a refusal changed something")
				}
				return
			}
			if got := payload.refusal(t); got != "" {
				t.Fatalf("refused: %s", got)
			}
			wantAiKey(t, s, id, c.want)
		})
	}
}
