package connection

import "net/http"

// beds24 responds with status 200 to invalid keys too.
var beds24 = provider{
	request: get("/v2/authentication/details", nil, "token", ""),
	rules: []rule{
		{0, beds24Unauthorized, rejected},
		{http.StatusOK, beds24Token(true), valid},
		{http.StatusOK, beds24Token(false), rejected},
		{http.StatusUnauthorized, nil, rejected},
		{http.StatusForbidden, nil, notPermitted},
	},
}

// beds24Unauthorized matches an error with code 401, which may have another status.
func beds24Unauthorized(body []byte, _ *Check) bool {
	failure, ok := object[struct {
		Success *bool
		Code    int
	}](body)
	return ok && failure.Success != nil && !*failure.Success && failure.Code == http.StatusUnauthorized
}

func beds24Token(valid bool) func([]byte, *Check) bool {
	return func(body []byte, _ *Check) bool {
		details, ok := object[struct{ ValidToken *bool }](body)
		return ok && details.ValidToken != nil && *details.ValidToken == valid
	}
}
