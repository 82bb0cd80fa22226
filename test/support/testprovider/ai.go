package testprovider

import (
	"net/http"
	"strings"
)

func (c call) openAI() {
	if !c.expects("GET /v1/models", "Authorization") {
		return
	}
	key, ok := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	failure := func(status int, code any, message string) {
		c.json(status, object{"error": object{"message": message, "type": "invalid_request_error", "param": nil, "code": code}})
	}
	switch {
	case !ok:
		c.misunderstood("no Bearer")
	case c.limited(key):
	case hasPrefix(key, GoodKey):
		c.json(http.StatusOK, object{"object": "list", "data": models("id", "")})
	case hasPrefix(key, RestrictedKey):
		failure(http.StatusForbidden, nil, "You have insufficient permissions for this operation. Missing scopes: api.model.read.")
	default:
		failure(http.StatusUnauthorized, "invalid_api_key", "Incorrect API key provided: "+key)
	}
}

func (c call) claude() {
	if !c.expects("GET /v1/models?limit=1000", "x-api-key", "anthropic-version") {
		return
	}
	failure := func(status int, kind string) {
		c.json(status, object{"type": "error", "error": object{"type": kind, "message": "no"}, "request_id": "req_1"})
	}
	switch key := c.r.Header.Get("x-api-key"); {
	case c.r.Header.Get("anthropic-version") != "2023-06-01":
		c.misunderstood("another version")
	case c.limited(key):
	case hasPrefix(key, GoodKey):
		c.json(http.StatusOK, object{"data": models("id", ""), "has_more": false})
	case hasPrefix(key, RestrictedKey):
		failure(http.StatusForbidden, "permission_error")
	default:
		failure(http.StatusUnauthorized, "authentication_error")
	}
}

func (c call) gemini() {
	if !c.expects("GET /v1beta/models?pageSize=1000", "x-goog-api-key") {
		return
	}
	failure := func(status int, name, reason string) {
		c.json(status, object{"error": object{"code": status, "message": "no", "status": name, "details": []object{
			{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"},
		}}})
	}
	switch key := c.r.Header.Get("x-goog-api-key"); {
	case c.limited(key):
	case hasPrefix(key, GoodKey):
		c.json(http.StatusOK, object{"models": models("name", "models/")})
	case hasPrefix(key, RestrictedKey):
		failure(http.StatusForbidden, "PERMISSION_DENIED", "API_KEY_SERVICE_BLOCKED")
	default:
		failure(http.StatusBadRequest, "INVALID_ARGUMENT", "API_KEY_INVALID")
	}
}

// models lists Models in descending order.
func models(member, prefix string) []object {
	var list []object
	for i := len(Models) - 1; i >= 0; i-- {
		list = append(list, object{member: prefix + Models[i], "display_name": "A model"})
	}
	return list
}
