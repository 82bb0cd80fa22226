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

// found is what is known of where a request comes from.
type found struct {
	client netip.Addr // invalid when it is not known
	seen   netip.Addr // the client, or the peer when the client is not known
}

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
			from := found{client: address, seen: address}
			if r.Header.Get("X-Forwarded-For") != "" && isPeer(r, address) {
				once.Do(func() {
					log.WarnContext(r.Context(), "X-Forwarded-For comes from a peer that is not trusted, so waits per address are off: "+
						"set TRUSTED_PROXIES to the network of the proxy", "peer", address)
				})
				from.client = netip.Addr{}
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, from)))
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
func Address(ctx context.Context) netip.Addr { return of(ctx).client }

// Seen returns the address that a record shall name: the client's or, when that
// is not known, the peer's. Nobody can hide it by a header.
func Seen(ctx context.Context) netip.Addr { return of(ctx).seen }

func of(ctx context.Context) found {
	from, _ := ctx.Value(key{}).(found)
	return from
}
