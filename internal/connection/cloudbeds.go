package connection

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

type cloudbeds struct{}

func (cloudbeds) base() string { return "https://api.cloudbeds.com" }

func (cloudbeds) request(ctx context.Context, base *url.URL, c Credentials, _ time.Time) *http.Request {
	r := newRequest(ctx, http.MethodGet, base, "/api/v1.3/userinfo", nil, "")
	r.Header.Set("X-Api-Key", c.Key)
	return r
}

// Cloudbeds responds to a bad key with 200.
func (cloudbeds) rules() []rule {
	return []rule{
		{http.StatusOK, func(o object) bool { return o.is("success", false) }, Invalid, KeyRejected},
		{http.StatusOK, isObject, Valid, ""},
		{http.StatusUnauthorized, nil, Invalid, KeyRejected},
		{http.StatusForbidden, nil, Restricted, MissingPermission},
	}
}

func (cloudbeds) details(body object) (account string, models []string) {
	return fullName(body.text("first_name"), body.text("last_name"), body.text("email")), nil
}
