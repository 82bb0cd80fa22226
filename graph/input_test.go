package graph_test

import (
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// waysToSend are the ways to send a model and an API key, each as JSON, "" for omitted.
// Confusing omitted and null would delete an API key.
var waysToSend = map[string]func(model, key string) (operation, variables string){
	"as literals": func(model, key string) (string, string) {
		return "mutation { p: setAiIntegration(input: {provider: OPENAI" + member("model", model) + member("apiKey", key) + "}) { userErrors { code } } }", "{}"
	},
	"as variables in the object": func(model, key string) (string, string) {
		return "mutation($model: ModelName, $apiKey: ApiKey) { p: setAiIntegration(input: {provider: OPENAI, model: $model, apiKey: $apiKey}) { userErrors { code } } }",
			`{"x": 0` + member(`"model"`, model) + member(`"apiKey"`, key) + "}"
	},
	"in one variable": func(model, key string) (string, string) {
		return setAiMutation, `{"input": {"provider": "OPENAI"` + member(`"model"`, model) + member(`"apiKey"`, key) + "}}"
	},
}

func member(name, sent string) string {
	if sent == "" {
		return ""
	}
	return ", " + name + ": " + sent
}

func TestOmittedNullAndValueAreDistinguished(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	for way, send := range waysToSend {
		for model, wantModel := range map[string]string{"": "stored-model", "null": "NULL", `"new-model"`: "new-model"} {
			for key, wantKey := range map[string]string{"": "stored-key", "null": "", `"new-key"`: "new-key"} {
				t.Run(way+": model "+model+", key "+key, func(t *testing.T) {
					testdb.Exec(t, s.Pool, "delete from configuracion_ia")
					insertAiKey(t, s, p.Company.ID, "openai", "stored-key")
					operation, variables := send(model, key)
					mustMutate(t, s, token, operation, decode(t, variables).(object))
					if got := storedKey(t, s, storedAiKey, p.Company.ID); got != wantKey {
						t.Errorf("stored key %q, want %q", got, wantKey)
					}
					wantStored(t, s, wantModel, "select modelo from configuracion_ia")
				})
			}
		}
	}
}
