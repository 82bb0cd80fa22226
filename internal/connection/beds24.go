package connection

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

type beds24 struct{}

func (beds24) base() string { return "https://api.beds24.com" }

func (beds24) request(ctx context.Context, base *url.URL, c Credentials, _ time.Time) *http.Request {
	r := newRequest(ctx, http.MethodGet, base, "/v2/authentication/details", nil, "")
	r.Header.Set("Token", c.Key)
	return r
}

// Beds24 responds to a bad key with 200.
func (beds24) rules() []rule {
	unauthorized := func(o object) bool { return o.is("success", false) && o["code"] == float64(http.StatusUnauthorized) }
	return []rule{
		{http.StatusOK, func(o object) bool { return o.is("validToken", true) }, Valid, ""},
		{http.StatusOK, func(o object) bool { return o.is("validToken", false) }, Invalid, KeyRejected},
		{http.StatusOK, unauthorized, Invalid, KeyRejected},
		{http.StatusBadRequest, unauthorized, Invalid, KeyRejected},
		{http.StatusUnauthorized, nil, Invalid, KeyRejected},
		{http.StatusForbidden, nil, Restricted, MissingPermission},
	}
}

func (beds24) details(object) (account string, models []string) { return "", nil }
