package web

import (
	"net/http"

	"github.com/go-chi/cors"
)

// preflightSeconds is how long a browser may cache a preflight response.
const preflightSeconds = 600

// allowedHeaders are the request headers that pages may send, as listed in
// docs/clients.md. Apollo Client and tracing libraries add those of the second line.
// This server ignores them, but the browser would not send the request without them.
var allowedHeaders = []string{
	"Accept", "Authorization", "Content-Type", "X-CSRF-Token",
	"Apollographql-Client-Name", "Apollographql-Client-Version", "Traceparent", "Tracestate", "Baggage", "Sentry-Trace",
}

// crossOriginRules returns middleware that allows requests of pages of the allowed
// origins, written as browsers send them, and rejects unsafe requests of any other page with 403. It fails when
// an origin is malformed.
func crossOriginRules(allowed []string) (chain []func(http.Handler) http.Handler, err error) {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(otherOrigin)
	for _, origin := range allowed {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	if len(allowed) > 0 { // an empty list would allow every origin
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
