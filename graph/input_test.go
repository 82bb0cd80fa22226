package graph_test

import (
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// What a client may send for an optional field; any other text is the value.
const (
	omitted = "omitted"
	null    = "null"
)

// after returns the value of a field after the request.
func after(sent, before, none string) string {
	switch sent {
	case omitted:
		return before
	case null:
		return none
	}
	return sent
}

// waysToSend are the ways to send a model and an API key. Confusing omitted and null
// would delete an API key.
var waysToSend = map[string]func(model, key string) (document string, variables object){
	"as literals": func(model, key string) (string, object) {
		return `mutation { p: setAiIntegration(input: {provider: OPENAI` + literal("model", model) + literal("apiKey", key) + `}) {
			userErrors { code } } }`, nil
	},
	"as variables in the object": func(model, key string) (string, object) {
		return `mutation($model: ModelName, $apiKey: ApiKey) {
			p: setAiIntegration(input: {provider: OPENAI, model: $model, apiKey: $apiKey}) { userErrors { code } } }`, values(model, key)
	},
	"in one variable": func(model, key string) (string, object) {
		return setAiMutation, object{"input": with(values(model, key), "provider", "OPENAI")}
	},
}

func literal(name, sent string) string {
	switch sent {
	case omitted:
		return ""
	case null:
		return ", " + name + ": null"
	}
	return `, ` + name + `: "` + sent + `"`
}

func values(model, key string) object {
	given := object{}
	for name, sent := range map[string]string{"model": model, "apiKey": key} {
		switch sent {
		case omitted:
		case null:
			given[name] = nil
		default:
			given[name] = sent
		}
	}
	return given
}

func TestOmittedNullAndValueAreDistinguished(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	for way, send := range waysToSend {
		for _, model := range []string{omitted, null, "new-model"} {
			for _, key := range []string{omitted, null, "new-key"} {
				t.Run(way+": model "+model+", key "+key, func(t *testing.T) {
					testdb.Exec(t, s.Pool, "delete from configuracion_ia")
					insertAiKey(t, s, p.Company.ID, "openai", "stored-key")
					document, variables := send(model, key)
					mustMutate(t, s, token, document, variables)
					wantAiKey(t, s, p.Company.ID, after(key, "stored-key", ""))
					wantStored(t, s, after(model, "stored-model", "NULL"), "select modelo from configuracion_ia")
				})
			}
		}
	}
}
