// Package client finds out from which address a request comes.
package client

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"

	"github.com/go-chi/chi/v5/middleware"
)

type key struct{}

// Middleware finds the address of each request's client. X-Forwarded-For
// counts only when a trusted proxy sends it.
//
// When an untrusted peer sends it, that peer is probably a proxy which was
// forgotten in the settings: then the address of the client is not known, so
// that nobody is made to wait for somebody else behind the same proxy. The log
// is told once.
func Middleware(trusted []netip.Prefix, log *slog.Logger) func(http.Handler) http.Handler {
	find := middleware.ClientIPFromRemoteAddr
	if len(trusted) > 0 {
		prefixes := make([]string, len(trusted))
		for i, prefix := range trusted {
			prefixes[i] = prefix.String()
		}
		find = middleware.ClientIPFromXFF(prefixes...)
	}
	var once sync.Once
	return func(next http.Handler) http.Handler {
		return find(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			address := middleware.GetClientIPAddr(r.Context())
			if r.Header.Get("X-Forwarded-For") != "" && isPeer(r, address) {
				once.Do(func() {
					log.WarnContext(r.Context(), "X-Forwarded-For comes from a peer that is not trusted, so waits per address are off: "+
						"set TRUSTED_PROXIES to the network of the proxy", "peer", address)
				})
				address = netip.Addr{}
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, address)))
		}))
	}
}

// isPeer tells whether the client's address is that of the connection, which
// means that X-Forwarded-For was not believed.
func isPeer(r *http.Request, address netip.Addr) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().WithZone("") == address
}

// Address returns the client's address, or an invalid one when it is not known.
func Address(ctx context.Context) netip.Addr {
	address, _ := ctx.Value(key{}).(netip.Addr)
	return address
}
