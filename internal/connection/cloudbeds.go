package connection

import (
	"net/http"
	"net/url"
)

// cloudbeds responds with status 200 to invalid keys too.
type cloudbeds struct{}

func (cloudbeds) request(base *url.URL, c Credentials) *http.Request {
	r := newRequest(http.MethodGet, base, "/api/v1.3/userinfo", nil)
	r.Header.Set("x-api-key", c.Key)
	return r
}

func (cloudbeds) rules() []rule {
	return []rule{
		{http.StatusOK, cloudbedsUser(true), valid},
		{http.StatusOK, cloudbedsUser(false), rejected},
		{http.StatusUnauthorized, nil, rejected},
		{http.StatusForbidden, nil, notPermitted},
	}
}

// cloudbedsUser matches a response by its success, which is true when it is missing.
func cloudbedsUser(success bool) func([]byte, *Check) bool {
	return func(body []byte, into *Check) bool {
		user, ok := object[struct {
			Success   *bool
			FirstName string `json:"first_name"`
			LastName  string `json:"last_name"`
			Email     string
		}](body)
		if !ok || (user.Success == nil || *user.Success) != success {
			return false
		}
		if success {
			into.Account = accountLabel(user.FirstName, user.LastName, user.Email)
		}
		return true
	}
}
