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
	everywhere := func(reason connection.Reason) map[string]connection.Reason {
		reasons := make(map[string]connection.Reason)
		for _, provider := range connection.Providers() {
			reasons[provider] = reason
		}
		return reasons
	}
	only := func(owner string) map[string]connection.Reason {
		reasons := everywhere(connection.KeyOfAnotherProvider)
		reasons[owner] = ""
		return reasons
	}
	administrator := everywhere(connection.KeyOfAnotherProvider)
	administrator[connection.Claude] = connection.WrongKind
	for key, reasons := range map[string]map[string]connection.Reason{
		"":                 everywhere(connection.KeyMalformed),
		"two words":        everywhere(connection.KeyMalformed),
		"a\ttab":           everywhere(connection.KeyMalformed),
		"a\nline":          everywhere(connection.KeyMalformed),
		"a\r\nHeader: x":   everywhere(connection.KeyMalformed),
		"del\x7f":          everywhere(connection.KeyMalformed),
		"nul\x00":          everywhere(connection.KeyMalformed),
		"contraseña":       everywhere(connection.KeyMalformed),
		"no-break\u00a0":   everywhere(connection.KeyMalformed),
		"zero\u200bwidth":  everywhere(connection.KeyMalformed),
		"not UTF-8\xff":    everywhere(connection.KeyMalformed),
		"sk-ant-api03-x":   only(connection.Claude),
		"AIzaSyX":          only(connection.Gemini),
		"cbat_x":           only(connection.Cloudbeds),
		"sk-proj-x":        only(connection.OpenAI),
		"sk-svcacct-x":     only(connection.OpenAI),
		"sk-ant-admin01-x": administrator,
		"sk-ant-oat01-x":   administrator,
		"sk-ant-ort01-x":   administrator,
		"sk-admin-x":       everywhere(connection.WrongKind),
		"ya29.x":           everywhere(connection.WrongKind),
		"eyJhbGciOiJIUzI1": everywhere(connection.WrongKind),
		"AQ.x":             everywhere(""),
		"sk-x":             everywhere(""),
		"x-sk-ant-x":       everywhere(""),
		"!\"#$%&'()~":      everywhere(""),
		"k":                everywhere(""),
	} {
		for provider, reason := range reasons {
			before := s.Requests()
			got := c.Check(t.Context(), with(provider, key))
			if asked := s.Requests() > before; asked != (reason == "") {
				t.Errorf("%s %q: sent a request: %v", provider, key, asked)
			}
			want := verdict{status: connection.Invalid, reason: reason}
			if reason == "" {
				want = rejected
			}
			if !verdictOf(got).equal(want) {
				t.Errorf("%s %q: got %+v, want %+v", provider, key, got, want)
			}
		}
	}
}

func TestSecretOfSmoobuMayBeAnyText(t *testing.T) {
	t.Parallel()
	s := testprovider.New(t)
	c := connection.New(connection.Config{URLs: s.URLs()})
	for _, secret := range []string{"two words", "ñ\r\n\x00", "eyJ", "sk-ant-x"} {
		credentials := connection.Credentials{Provider: connection.Smoobu, Key: testprovider.GoodKey, Secret: secret}
		if got := verdictOf(c.Check(t.Context(), credentials)); !got.equal(rejected) {
			t.Errorf("%q: got %+v", secret, got)
		}
	}
}
