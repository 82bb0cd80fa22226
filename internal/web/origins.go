package web

import (
	"net/http"
	"net/netip"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-chi/cors"

	"github.com/stay-sidekick/profile-server/internal/requestid"
)

const preflightSeconds = 600

// crossOriginRules lets the pages of the allowed origins call, and refuses
// every other page's requests that could change something.
func crossOriginRules(allowed []string) (chain []func(http.Handler) http.Handler, err error) {
	protection := http.NewCrossOriginProtection()
	for _, origin := range allowed {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	if len(allowed) > 0 { // the library takes an empty list for "everyone"
		chain = append(chain, cors.Handler(cors.Options{
			AllowedOrigins: allowed,
			AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete},
			AllowedHeaders: []string{"Accept", "Authorization", "Content-Type", "X-CSRF-Token"},
			ExposedHeaders: []string{requestid.Header, "Retry-After"},
			MaxAge:         preflightSeconds,
		}))
	}
	return append(chain, protection.Handler), nil
}

// clientIP finds the address of the client, for middleware.GetClientIP.
// X-Forwarded-For counts only when a trusted proxy sends it.
func clientIP(trusted []netip.Prefix) func(http.Handler) http.Handler {
	if len(trusted) == 0 {
		return middleware.ClientIPFromRemoteAddr
	}
	prefixes := make([]string, len(trusted))
	for i, prefix := range trusted {
		prefixes[i] = prefix.String()
	}
	return middleware.ClientIPFromXFF(prefixes...)
}
