package connection_test

import (
	"testing"

	"github.com/stay-sidekick/profile-server/internal/connection"
	"github.com/stay-sidekick/profile-server/test/support/testprovider"
)

// "" is the reason of a key that the provider is asked about.
func TestKeysThatCannotBeValidAreInvalidWithoutARequest(t *testing.T) {
	t.Parallel()
	s := testprovider.New(t)
	c := connection.New(connection.Config{URLs: s.URLs()})
	defer c.Close()
	const malformed, foreign, wrongKind = connection.KeyMalformed, connection.KeyOfAnotherProvider, connection.WrongKind
	for _, row := range []struct {
		reason connection.Reason // at every provider but the owner
		owner  string
		atIt   connection.Reason
		keys   []string
	}{
		{reason: malformed, keys: []string{
			"", "two words", "a\ttab", "a\nline", "a\r\nHeader: x", "del\x7f", "nul\x00", "contraseña", "no-break\u00a0", "zero\u200bwidth", "not UTF-8\xff",
		}},
		{reason: foreign, owner: connection.Claude, keys: []string{"sk-ant-api03-x"}},
		{reason: foreign, owner: connection.Gemini, keys: []string{"AIzaSyX"}},
		{reason: foreign, owner: connection.Cloudbeds, keys: []string{"cbat_x"}},
		{reason: foreign, owner: connection.OpenAI, keys: []string{"sk-proj-x", "sk-svcacct-x"}},
		{reason: foreign, owner: connection.Claude, atIt: wrongKind, keys: []string{"sk-ant-admin01-x", "sk-ant-oat01-x", "sk-ant-ort01-x"}},
		{reason: wrongKind, keys: []string{"sk-admin-x", "ya29.x", "eyJhbGciOiJIUzI1"}},
		{keys: []string{"AQ.x", "sk-x", "x-sk-ant-x", "!\"#$%&'()~", "k"}},
	} {
		for _, provider := range connection.Providers() {
			want := verdict{status: connection.Invalid, reason: row.reason}
			if provider == row.owner {
				want.reason = row.atIt
			}
			asked := 0
			if want.reason == "" {
				want, asked = rejected, 1
			}
			for _, key := range row.keys {
				before := s.Requests()
				got := verdictOf(c.Check(t.Context(), with(provider, key)))
				if requests := s.Requests() - before; !got.equal(want) || requests != asked {
					t.Errorf("%s %q: got %+v after %d requests, want %+v after %d", provider, key, got, requests, want, asked)
				}
			}
		}
	}
}
