package connection

import "strings"

// owners are prefixes that only the keys of one provider have. No prefix is required:
// providers change theirs.
var owners = []struct{ prefix, provider string }{
	{"sk-ant-", Claude},
	{"AIza", Gemini},
	{"cbat_", Cloudbeds},
	{"sk-proj-", OpenAI},
	{"sk-svcacct-", OpenAI},
}

// otherKinds are prefixes of credentials that are no API keys: keys of administrators,
// OAuth tokens and JWTs.
var otherKinds = []string{"sk-ant-admin", "sk-ant-oat", "sk-ant-ort", "sk-admin-", "ya29.", "eyJ"}

// refuseKey returns why a key cannot be valid at a provider, "" if it can.
func refuseKey(provider, key string) Reason {
	if key == "" || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return KeyMalformed // it cannot be sent in a header
	}
	for _, owner := range owners {
		if strings.HasPrefix(key, owner.prefix) && provider != owner.provider {
			return KeyOfAnotherProvider
		}
	}
	for _, prefix := range otherKinds {
		if strings.HasPrefix(key, prefix) {
			return WrongKind
		}
	}
	return ""
}
