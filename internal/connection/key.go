package connection

import "strings"

// issuers are prefixes of keys that only one provider issues. No prefix is required, as
// providers change theirs.
var issuers = []struct{ prefix, provider string }{
	{"sk-ant-", "claude"},
	{"AIza", "gemini"},
	{"cbat_", "cloudbeds"},
	{"sk-proj-", "openai"},
	{"sk-svcacct-", "openai"},
}

// otherKinds are prefixes of credentials that are no API keys: keys of an administration
// interface, OAuth tokens and JWTs.
var otherKinds = []string{"sk-ant-admin", "sk-ant-oat", "sk-ant-ort", "sk-admin-", "ya29.", "eyJ"}

// inspect returns the reason why a key is invalid without asking its provider, "" for none.
func inspect(c Credentials) Reason {
	if c.Key == "" || strings.ContainsFunc(c.Key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return KeyMalformed
	}
	for _, issuer := range issuers {
		if strings.HasPrefix(c.Key, issuer.prefix) && c.Provider != issuer.provider {
			return KeyOfAnotherProvider
		}
	}
	for _, prefix := range otherKinds {
		if strings.HasPrefix(c.Key, prefix) {
			return WrongKind
		}
	}
	return ""
}
