package connection

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

type smoobu struct{}

func (smoobu) base() string { return "https://login.smoobu.com" }

func (smoobu) request(ctx context.Context, base *url.URL, c Credentials, now time.Time) *http.Request {
	const path = "/api/me"
	r := newRequest(ctx, http.MethodGet, base, path, nil, "")
	if c.Secret == "" {
		r.Header.Set("Api-Key", c.Key)
		return r
	}
	timestamp, nonce := now.UTC().Format(time.RFC3339), uuid.NewString()
	r.Header.Set("X-Api-Key", c.Key)
	r.Header.Set("X-Timestamp", timestamp)
	r.Header.Set("X-Nonce", nonce)
	// The signed path is that of Smoobu, without the path of a gateway.
	r.Header.Set("X-Signature", smoobuSignature(http.MethodGet, path, nil, timestamp, nonce, "", c))
	return r
}

// smoobuSignature returns Smoobu's signature of a request: the base64 of an HMAC-SHA256,
// with the secret as its key, of seven lines.
func smoobuSignature(method, path string, query url.Values, timestamp, nonce, body string, c Credentials) string {
	bodySum := sha256.Sum256([]byte(body))
	lines := []string{method, path, canonicalQuery(query), timestamp, nonce, hex.EncodeToString(bodySum[:]), c.Key}
	mac := hmac.New(sha256.New, []byte(c.Secret))
	mac.Write([]byte(strings.Join(lines, "\n")))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// canonicalQuery escapes a query as RFC 3986 does, sorted by name and value.
func canonicalQuery(query url.Values) string {
	sorted := url.Values{}
	for name, values := range query {
		sorted[name] = slices.Sorted(slices.Values(values))
	}
	return strings.ReplaceAll(sorted.Encode(), "+", "%20")
}

func (smoobu) rules() []rule {
	return []rule{
		{http.StatusOK, isObject, Valid, ""},
		{http.StatusUnauthorized, nil, Invalid, KeyRejected},
		{http.StatusForbidden, nil, Restricted, MissingPermission},
	}
}

func (smoobu) details(body object) (account string, models []string) {
	return fullName(body.text("firstName"), body.text("lastName"), body.text("email")), nil
}
