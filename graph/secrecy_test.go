package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestKeysAreStoredAsFernetTokensThatOnlyTheKeyOpens(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		s := testserver.New(t, shape)
		p := s.People(t)
		token, id := s.Token(t, p.Admin), p.Company.ID
		for _, key := range []string{"k", "clave ñ 鍵 🔑", strings.Repeat("🔑", 500)} {
			mustMutate(t, s, token, setPmsMutation, object{"input": object{"provider": "SMOOBU", "apiKey": key}})
			mustMutate(t, s, token, setAiMutation, object{"input": object{"provider": "OPENAI", "apiKey": key}})
			for _, query := range []string{storedPmsKey, storedAiKey} {
				if got := s.StoredKey(t, query, id); got != key {
					t.Errorf("opened %q, want %q", got, key)
				}
				if sealed := stored(t, s, query, id); !strings.HasPrefix(sealed, "gAAAA") || len(key) > 1 && strings.Contains(sealed, key) {
					t.Errorf("stored %q", sealed)
				}
			}
			if stored(t, s, storedPmsKey, id) == stored(t, s, storedAiKey, id) {
				t.Error("the same key has the same token twice")
			}
		}
	})
}

// Secrets of a request, in each of the ways to send one and also where it is
// refused, are in no answer and no log line, nor is what is stored for them.
func TestNoAnswerAndNoLogLineHoldsASecret(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	const canary = "c4n4ry-S3cret-Qx9"
	var answers strings.Builder
	send := func(document string, variables object) {
		t.Helper()
		answers.WriteString(s.Query(t, token, document, variables).Body)
	}
	for i, secret := range []string{canary, canary + "\x00", canary + "\uFFFD", strings.Repeat(canary, 50)} {
		literal := fmt.Sprintf("%q", strings.ReplaceAll(secret, "\x00", "~"))
		send(setPmsMutation, object{"input": object{"provider": "SMOOBU", "apiKey": secret}})
		send(setPmsMutation, object{"input": object{"provider": secret, "apiKey": "k"}})
		send(setPmsMutation, object{"input": object{"provider": "SMOOBU", "apiKey": []string{secret}}})
		send(setPmsMutation, object{"input": object{"provider": "SMOOBU", secret: "k"}})
		send(setAiMutation, object{"input": object{"provider": "OPENAI", "apiKey": secret, "model": object{"x": secret}}})
		send(setAiMutation, object{"input": object{"provider": "OPENAI", "apiKey": secret}})
		send(`mutation { setPmsIntegration(input: {provider: SMOOBU, apiKey: `+literal+`}) { userErrors { code } } }`, nil)
		send(`mutation { setAiIntegration(input: {provider: CLAUDE, apiKey: `+literal+`, model: 7}) { userErrors { code } } }`, nil)
		send(`mutation { setAiIntegration(input: {provider: `+literal+`}) { userErrors { code } } }`, nil)
		send(`mutation { setAiIntegration(input: {provider: CLAUDE, apiKey: `+literal+`}) { userErrors { code message } } }`, nil)
		if i < 3 { // not more wrong passwords than an account is allowed
			send(loginMutation, object{"input": object{"email": "nobody@example.com", "password": secret}})
			send(loginMutation, object{"input": object{"email": secret, "password": secret}})
			send(changePasswordMutation, object{"input": object{"currentPassword": secret, "newPassword": secret + "x"}})
		}
	}
	mustMutate(t, s, token, setPmsMutation, object{"input": object{"provider": "SMOOBU", "apiKey": canary}})
	mustMutate(t, s, token, setAiMutation, object{"input": object{"provider": "OPENAI", "apiKey": canary}})
	mustMutate(t, s, token, changePasswordMutation, object{"input": object{"currentPassword": testdb.Password, "newPassword": canary}})
	send(everything, nil)

	for what, text := range map[string]string{"the answers": answers.String(), "the log": s.Log.String()} {
		for name, secret := range map[string]string{
			"a secret":         canary,
			"a stored PMS key": stored(t, s, storedPmsKey, p.Company.ID),
			"a stored AI key":  stored(t, s, storedAiKey, p.Company.ID),
			"a password hash":  stored(t, s, "select password_hash from usuarios where id = $1", p.Admin.ID),
			"a password":       testdb.Password,
			"a token":          token,
		} {
			if strings.Contains(text, secret) {
				t.Errorf("%s hold %s", what, name)
			}
		}
	}
	if !strings.Contains(answers.String(), `"configured":true`) || !strings.Contains(s.Log.String(), "/graphql") {
		t.Error("nothing was looked at")
	}
}
