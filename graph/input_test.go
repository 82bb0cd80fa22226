package graph_test

import (
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// What a client may want of a field that can be left out.
const (
	omit = "omitted"
	null = "null" // any other text is the value itself
)

// after is what a field holds when the client wanted it so.
func after(wanted, before, none string) string {
	switch wanted {
	case omit:
		return before
	case null:
		return none
	}
	return wanted
}

// waysToSend are the ways in which a client can say what it wants of model and
// key. Taking one for the other would delete a company's key.
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

func literal(name, wanted string) string {
	switch wanted {
	case omit:
		return ""
	case null:
		return ", " + name + ": null"
	}
	return `, ` + name + `: "` + wanted + `"`
}

func values(model, key string) object {
	given := object{}
	for name, wanted := range map[string]string{"model": model, "apiKey": key} {
		switch wanted {
		case omit:
		case null:
			given[name] = nil
		default:
			given[name] = wanted
		}
	}
	return given
}

func TestOmittedNullAndAValueAreToldApart(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	for way, send := range waysToSend {
		for _, model := range []string{omit, null, "new-model"} {
			for _, key := range []string{omit, null, "new-key"} {
				t.Run(way+": model "+model+", key "+key, func(t *testing.T) {
					execute(t, s, "delete from configuracion_ia")
					putAi(t, s, p.Company.ID, "openai", "stored-key")
					document, variables := send(model, key)
					mustMutate(t, s, token, document, variables)
					wantAiKey(t, s, p.Company.ID, after(key, "stored-key", ""))
					wantStored(t, s, after(model, "stored-model", "NULL"), "select modelo from configuracion_ia")
				})
			}
		}
	}
}

// The document of the first request is cached; what the next one omits must not
// come from it.
func TestACachedDocumentKeepsNothingOfTheRequestBefore(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	for _, c := range []struct{ wanted, want string }{
		{"first", "first"}, {omit, "first"}, {"second", "second"}, {omit, "second"}, {null, ""}, {omit, ""},
	} {
		document, variables := waysToSend["as variables in the object"](omit, c.wanted)
		mustMutate(t, s, token, document, variables)
		wantAiKey(t, s, p.Company.ID, c.want)
	}
}

func TestADefaultOfTheDocumentTakesThePlaceOfAnOmittedVariable(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	for wanted, want := range map[string]string{omit: "fallback", null: "NULL", "given": "given"} {
		execute(t, s, "delete from configuracion_ia")
		putAi(t, s, p.Company.ID, "openai", "stored-key")
		mustMutate(t, s, s.Token(t, p.Admin), `mutation($model: ModelName = "fallback") {
			p: setAiIntegration(input: {provider: OPENAI, model: $model}) { userErrors { code } } }`, values(wanted, omit))
		wantStored(t, s, want, "select modelo from configuracion_ia")
		wantAiKey(t, s, p.Company.ID, "stored-key")
	}
}
