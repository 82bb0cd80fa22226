package testprovider

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
)

func (c call) smoobu() {
	const target = "GET /api/me"
	key, accepted := c.r.Header.Get("Api-Key"), []string{GoodKey}
	if c.r.Header.Get("X-Signature") != "" {
		if !c.expects(target, "X-API-Key", "X-Timestamp", "X-Nonce", "X-Signature") {
			return
		}
		key = c.r.Header.Get("X-API-Key")
		if !c.signed(key) {
			key = ""
		}
		accepted = append(accepted, SignedKey)
	} else if !c.expects(target, "Api-Key") {
		return
	}
	switch {
	case c.limited(key):
	case hasPrefix(key, accepted...):
		c.json(http.StatusOK, object{"id": 1, "firstName": "Ana", "lastName": "García", "email": "ana@example.com"})
	case hasPrefix(key, RestrictedKey):
		c.json(http.StatusForbidden, object{"status": 403, "title": "Forbidden"})
	default:
		c.json(http.StatusUnauthorized, object{"status": 401, "title": "Unauthorized"})
	}
}

// signed reports whether the signature of a request without query and body is right and
// its nonce is new.
func (c call) signed(key string) bool {
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

// beds24 responds with status 200 to invalid keys.
func (c call) beds24() {
	if !c.expects("GET /v2/authentication/details", "token") {
		return
	}
	switch key := c.r.Header.Get("token"); {
	case c.limited(key):
	case hasPrefix(key, GoodKey):
		c.json(http.StatusOK, object{"validToken": true, "token": object{"scopes": []string{"read:bookings"}}})
	case hasPrefix(key, RestrictedKey):
		c.json(http.StatusForbidden, object{"success": false, "type": "error", "code": 403, "error": "no permission"})
	default:
		c.json(http.StatusOK, object{"validToken": false})
	}
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

// cloudbeds responds with status 200 to invalid keys.
func (c call) cloudbeds() {
	if !c.expects("GET /api/v1.3/userinfo", "x-api-key") {
		return
	}
	switch key := c.r.Header.Get("x-api-key"); {
	case c.limited(key):
	case hasPrefix(key, GoodKey):
		c.json(http.StatusOK, object{"user_id": 1, "first_name": "Ana", "last_name": "García", "email": "ana@example.com"})
	case hasPrefix(key, RestrictedKey):
		c.json(http.StatusForbidden, object{"success": false})
	default:
		c.json(http.StatusOK, object{"success": false, "message": "invalid key"})
	}
}

func hasPrefix(key string, prefixes ...string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}
