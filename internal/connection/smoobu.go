package connection

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// smoobu accepts a key alone, or a key and a signature with the secret of the key.
type smoobu struct {
	now   func() time.Time
	nonce func() string
}

func (s smoobu) request(base *url.URL, c Credentials) *http.Request {
	const path = "/api/me"
	r := newRequest(http.MethodGet, base, path, nil)
	if c.Secret == "" {
		r.Header.Set("Api-Key", c.Key)
		return r
	}
	// The path is that of Smoobu's API, also where a gateway has it below another one.
	signed := smoobuMessage{method: r.Method, path: path, timestamp: s.now().UTC().Format("2006-01-02T15:04:05Z"), nonce: s.nonce(), key: c.Key}
	r.Header.Set("X-API-Key", c.Key)
	r.Header.Set("X-Timestamp", signed.timestamp)
	r.Header.Set("X-Nonce", signed.nonce)
	r.Header.Set("X-Signature", signed.signature(c.Secret))
	return r
}

// smoobuMessage is the part of a request that is signed.
type smoobuMessage struct {
	method, path     string
	query            url.Values
	timestamp, nonce string
	body             string
	key              string
}

// signature returns the base64 HMAC-SHA-256 of the message in seven lines.
func (m smoobuMessage) signature(secret string) string {
	body := sha256.Sum256([]byte(m.body))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(strings.Join([]string{
		m.method, m.path, sortedQuery(m.query), m.timestamp, m.nonce, hex.EncodeToString(body[:]), m.key,
	}, "\n")))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// sortedQuery encodes a query as RFC 3986 says, sorted by key and then by value.
func sortedQuery(query url.Values) string {
	sorted := make(url.Values)
	for key, values := range query {
		sorted[key] = slices.Sorted(slices.Values(values))
	}
	return strings.ReplaceAll(sorted.Encode(), "+", "%20")
}

func (smoobu) rules() []rule {
	return []rule{
		{http.StatusOK, smoobuAccount, valid},
		{http.StatusUnauthorized, nil, rejected},
		{http.StatusForbidden, nil, notPermitted},
	}
}

func smoobuAccount(body []byte, into *Check) bool {
	me, ok := object[struct{ FirstName, LastName, Email string }](body)
	into.Account = accountLabel(me.FirstName, me.LastName, me.Email)
	return ok
}
