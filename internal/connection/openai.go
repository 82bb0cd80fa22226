package connection

import "net/http"

// OpenAI gives no code when a key lacks permissions, only a sentence.
var openAILacksPermission = hasMessage("missing scopes", "insufficient permissions")

var openAI = provider{
	request: get("/v1/models", nil, "Authorization", "Bearer "),
	rules: []rule{
		{http.StatusOK, hasModels, valid},
		{http.StatusUnauthorized, hasCode("invalid_api_key"), rejected},
		{http.StatusUnauthorized, openAILacksPermission, notPermitted},
		{http.StatusForbidden, openAILacksPermission, notPermitted},
	},
}
