package testprovider

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/connection"
)

// request is the request of a provider whose key, after a prefix, is the first of its
// headers.
type request struct {
	target, prefix string
	headers        []string
}

// requests has the providers but Hostaway. A signed request to Smoobu has other headers.
var requests = map[string]request{
	connection.Smoobu:    {"GET /api/me", "", []string{"Api-Key"}},
	connection.Beds24:    {"GET /v2/authentication/details", "", []string{"token"}},
	connection.Cloudbeds: {"GET /api/v1.3/userinfo", "", []string{"x-api-key"}},
	connection.OpenAI:    {"GET /v1/models", "Bearer ", []string{"Authorization"}},
	connection.Claude:    {"GET /v1/models?limit=1000", "", []string{"x-api-key", "anthropic-version"}},
	connection.Gemini:    {"GET /v1beta/models?pageSize=1000", "", []string{"x-goog-api-key"}},
}

// response is the status and the body of a response.
type response struct {
	status int
	body   object
}

// responsesTo returns the responses of a provider to an accepted key, one that lacks a
// permission, and any other. Beds24 and Cloudbeds respond with status 200 to the last.
func responsesTo(provider, key string) (good, restricted, rejected response) {
	switch provider {
	case connection.Smoobu:
		return response{200, object{"id": 1, "firstName": "Ana", "lastName": "García", "email": "ana@example.com"}},
			response{403, object{"status": 403, "title": "Forbidden"}},
			response{401, object{"status": 401, "title": "Unauthorized"}}
	case connection.Beds24:
		return response{200, object{"validToken": true, "token": object{"scopes": []string{"read:bookings"}}}},
			response{403, object{"success": false, "type": "error", "code": 403, "error": "no permission"}},
			response{200, object{"validToken": false}}
	case connection.Cloudbeds:
		return response{200, object{"user_id": 1, "first_name": "Ana", "last_name": "García", "email": "ana@example.com"}},
			response{403, object{"success": false}},
			response{200, object{"success": false, "message": "invalid key"}}
	case connection.OpenAI:
		failure := func(status int, code any, message string) response {
			return response{status, object{"error": object{"message": message, "type": "invalid_request_error", "param": nil, "code": code}}}
		}
		return response{200, object{"object": "list", "data": models("id", "")}},
			failure(403, nil, "You have insufficient permissions for this operation. Missing scopes: api.model.read."),
			failure(401, "invalid_api_key", "Incorrect API key provided: "+key)
	case connection.Claude:
		failure := func(status int, kind string) response {
			return response{status, object{"type": "error", "error": object{"type": kind, "message": "no"}, "request_id": "req_1"}}
		}
		return response{200, object{"data": models("id", ""), "has_more": false}},
			failure(403, "permission_error"), failure(401, "authentication_error")
	default:
		failure := func(status int, name, reason string) response {
			return response{status, object{"error": object{"code": status, "message": "no", "status": name, "details": []object{
				{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"},
			}}}}
		}
		return response{200, object{"models": models("name", "models/")}},
			failure(403, "PERMISSION_DENIED", "API_KEY_SERVICE_BLOCKED"), failure(400, "INVALID_ARGUMENT", "API_KEY_INVALID")
	}
}

// models lists Models in descending order.
func models(member, prefix string) (list []object) {
	for _, model := range slices.Backward(Models) {
		list = append(list, object{member: prefix + model, "display_name": "A model"})
	}
	return list
}

// respond responds like a provider of requests.
func (c call) respond(provider string) {
	expected, accepted := requests[provider], []string{GoodKey}
	signed := provider == connection.Smoobu && c.r.Header.Get("X-Signature") != ""
	if signed {
		expected.headers, accepted = []string{"x-api-key", "X-Timestamp", "X-Nonce", "X-Signature"}, []string{GoodKey, SignedKey}
	}
	if !c.expects(expected.target, expected.headers...) {
		return
	}
	key, ok := strings.CutPrefix(c.r.Header.Get(expected.headers[0]), expected.prefix)
	if version := c.r.Header.Get("anthropic-version"); !ok || version != "" && version != "2023-06-01" {
		c.misunderstood("another prefix or version")
		return
	}
	if signed && !c.signatureIsRight(key) {
		key = ""
	}
	good, restricted, rejected := responsesTo(provider, key)
	switch {
	case c.limited(key):
	case hasPrefix(key, accepted...):
		c.json(good.status, good.body)
	case hasPrefix(key, RestrictedKey):
		c.json(restricted.status, restricted.body)
	default:
		c.json(rejected.status, rejected.body)
	}
}

// signatureIsRight reports whether the signature of a request without query and body is
// right and its nonce is new.
func (c call) signatureIsRight(key string) bool {
	timestamp, nonce := c.r.Header.Get("X-Timestamp"), c.r.Header.Get("X-Nonce")
	if _, err := time.Parse("2006-01-02T15:04:05Z", timestamp); err != nil {
		c.misunderstood("the timestamp is not in UTC with seconds")
	}
	if _, err := uuid.Parse(nonce); err != nil {
		c.misunderstood("the nonce is no UUID")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.nonces[nonce] {
		return false
	}
	c.nonces[nonce] = true
	mac := hmac.New(sha256.New, []byte(Secret))
	fmt.Fprintf(mac, "GET\n/api/me\n\n%s\n%s\n%x\n%s", timestamp, nonce, sha256.Sum256(nil), key)
	return c.r.Header.Get("X-Signature") == base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (c call) hostaway() {
	const target = "/v1/accessTokens"
	if c.r.Method == http.MethodDelete {
		c.deleteToken(target)
		return
	}
	if !c.expects("POST "+target, "Content-Type") {
		return
	}
	body, _ := io.ReadAll(c.r.Body) // empty, and refused below, when the client has disconnected
	form, err := url.ParseQuery(string(body))
	if err != nil || c.r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || len(form) != 4 ||
		form.Get("grant_type") != "client_credentials" || form.Get("scope") != "general" || !form.Has("client_id") || !form.Has("client_secret") {
		c.misunderstood("not the form of a token")
		return
	}
	switch key := form.Get("client_secret"); {
	case c.limited(key):
	case hasPrefix(key, GoodKey) && form.Get("client_id") == Account:
		token := "token of + " + uuid.NewString()
		c.mu.Lock()
		c.tokens[token] = true
		c.mu.Unlock()
		c.json(http.StatusOK, object{"token_type": "Bearer", "expires_in": 15897600, "access_token": token})
	default:
		c.json(http.StatusUnauthorized, object{"error": "invalid_client"})
	}
}

func (c call) deleteToken(path string) {
	token := c.r.URL.Query().Get("token")
	c.target, _, _ = strings.Cut(c.target, "?")
	if len(c.r.URL.Query()) != 1 || !c.expects("DELETE "+path) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.tokens[token] {
		c.misunderstood("no such token")
		return
	}
	delete(c.tokens, token)
	c.json(http.StatusOK, object{"status": "success"})
}

func hasPrefix(key string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
}
