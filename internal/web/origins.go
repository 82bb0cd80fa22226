package web

import (
	"net/http"
	"strings"

	"github.com/go-chi/cors"

	"github.com/stay-sidekick/profile-server/internal/requestid"
)

const preflightSeconds = 600

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
			AllowedHeaders: []string{"Accept", "Authorization", "Content-Type", "If-Match", "If-None-Match", "X-CSRF-Token"},
			ExposedHeaders: []string{requestid.Header, "ETag", "Retry-After"},
			MaxAge:         preflightSeconds,
		}))
	}
	return append(chain, protection.Handler), nil
}
