package connection

import (
	"net/http"
	"net/url"
	"strings"
)

var gemini = provider{
	request: get("/v1beta/models", url.Values{"pageSize": {"1000"}}, "x-goog-api-key", ""),
	rules: []rule{
		{http.StatusOK, geminiModels, valid},
		{http.StatusBadRequest, hasCode("API_KEY_INVALID"), rejected},
		{http.StatusUnauthorized, hasCode("ACCESS_TOKEN_TYPE_UNSUPPORTED"), rejected},
		{http.StatusForbidden, hasCode("API_KEY_SERVICE_BLOCKED", "PERMISSION_DENIED"), notPermitted},
	},
}

func geminiModels(body []byte, into *Check) bool {
	list, ok := object[struct{ Models []struct{ Name string } }](body)
	var names []string
	for _, model := range list.Models {
		names = append(names, strings.TrimPrefix(model.Name, "models/"))
	}
	into.Models = cleanModels(names)
	return ok && list.Models != nil
}
