package web

import (
	"net/http"
	"strings"

	"github.com/go-chi/cors"
)

const preflightSeconds = 600

// allowedHeaders is what the pages may send; docs/clients.md lists it. The last
// four are what Apollo Client and tracing add on their own: nothing here reads
// them, but a preflight that refuses them refuses the request.
var allowedHeaders = []string{
	"Accept", "Authorization", "Content-Type", "X-CSRF-Token",
	"Apollographql-Client-Name", "Apollographql-Client-Version", "Traceparent", "Tracestate",
}

// crossOriginRules lets the pages of the allowed origins call, and refuses
// every other page's requests that could change something.
func crossOriginRules(allowed []string) (chain []func(http.Handler) http.Handler, err error) {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(otherOrigin)
	for _, origin := range allowed {
		if err := protection.AddTrustedOrigin(strings.ToLower(origin)); err != nil { // as browsers write it
			return nil, err
		}
	}
	if len(allowed) > 0 { // the library takes an empty list for "everyone"
		chain = append(chain, cors.Handler(cors.Options{
			AllowedOrigins: allowed,
			AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete},
			AllowedHeaders: allowedHeaders,
			ExposedHeaders: []string{RequestIDHeader, "Retry-After"},
			MaxAge:         preflightSeconds,
		}))
	}
	return append(chain, protection.Handler), nil
}
