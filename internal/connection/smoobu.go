package connection

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
)

// smoobu accepts a key alone, or a key and a signature with the secret of the key.
func smoobu(now func() time.Time) provider {
	const path = "/api/me"
	return provider{
		request: func(base *url.URL, c Credentials) *http.Request {
			if c.Secret == "" {
				return get(path, nil, "Api-Key", "")(base, c)
			}
			r := get(path, nil, "X-API-Key", "")(base, c)
			timestamp, nonce := now().UTC().Format("2006-01-02T15:04:05Z"), uuid.NewString()
			r.Header.Set("X-Timestamp", timestamp)
			r.Header.Set("X-Nonce", nonce)
			// The path is that of Smoobu's API, also where a gateway has it below another one.
			r.Header.Set("X-Signature", smoobuSignature(c.Secret, r.Method, path, "", timestamp, nonce, emptySHA256, c.Key))
			return r
		},
		rules: []rule{
			{http.StatusOK, smoobuAccount, valid},
			{http.StatusUnauthorized, nil, rejected},
			{http.StatusForbidden, nil, notPermitted},
		},
	}
}

// emptySHA256 is the SHA-256 of an empty body, in hexadecimal digits.
const emptySHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// smoobuSignature returns the base64 HMAC-SHA-256 of the lines that describe a request:
// method, path, sorted query, timestamp, nonce, SHA-256 of the body, key.
func smoobuSignature(secret string, lines ...string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(strings.Join(lines, "\n")))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func smoobuAccount(body []byte, into *Check) bool {
	me, ok := object[struct{ FirstName, LastName, Email string }](body)
	into.Account = accountLabel(me.FirstName, me.LastName, me.Email)
	return ok
}
