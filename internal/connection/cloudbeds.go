package connection

import "net/http"

// cloudbeds responds with status 200 to invalid keys too.
var cloudbeds = provider{
	request: get("/api/v1.3/userinfo", nil, "x-api-key", ""),
	rules: []rule{
		{http.StatusOK, cloudbedsUser(true), valid},
		{http.StatusOK, cloudbedsUser(false), rejected},
		{http.StatusUnauthorized, nil, rejected},
		{http.StatusForbidden, nil, notPermitted},
	},
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
