package web

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"

	"github.com/go-chi/chi/v5/middleware"

	"github.com/stay-sidekick/profile-server/internal/auth"
)

// RequestIDHeader carries the request's id in every response.
const RequestIDHeader = "X-Request-Id"

const (
	untrustedPeer = "X-Forwarded-For comes from a peer that is not trusted, so limits per address are off: " +
		"set TRUSTED_PROXIES to the network of the proxy"
	silentProxy = "a trusted proxy names no client in X-Forwarded-For, so limits per address are off: " +
		"let it set the header, and let TRUSTED_PROXIES name proxies only"
)

// IdentifyRequest gives each request a new id of 26 characters and finds the
// address of its client. An id that a client sends is ignored: it would let
// anyone write into the log.
//
// X-Forwarded-For counts only when a trusted proxy sends it. The address of the
// client is unknown when an untrusted peer sends the header, since that peer is
// probably a proxy that is missing in the settings, and when a trusted proxy
// names no client: a limit on the proxy's address would hold back all its
// clients. The log reports each of the two cases once, when a limit needs the
// address.
func IdentifyRequest(trusted []netip.Prefix, log *slog.Logger) func(http.Handler) http.Handler {
	parseHeader, clientOf := forwarded(trusted)
	var untrusted, silent sync.Once
	return func(next http.Handler) http.Handler {
		return parseHeader(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			request := auth.Request{ID: rand.Text(), Client: clientOf(r), Peer: peerOf(r)}
			switch {
			case !request.Client.IsValid():
				request.ReportUnknown = once(&silent, log, silentProxy, request.Peer)
			case r.Header.Get("X-Forwarded-For") != "" && request.Client.WithZone("") == request.Peer:
				request.Client = netip.Addr{}
				request.ReportUnknown = once(&untrusted, log, untrustedPeer, request.Peer)
			}
			w.Header().Set(RequestIDHeader, request.ID)
			next.ServeHTTP(w, r.WithContext(auth.WithRequest(r.Context(), request)))
		}))
	}
}

// forwarded returns a middleware that parses X-Forwarded-For, and a function that
// returns the client's address below it. Without trusted proxies the client is
// the peer.
func forwarded(trusted []netip.Prefix) (parse func(http.Handler) http.Handler, clientOf func(*http.Request) netip.Addr) {
	if len(trusted) == 0 {
		return func(next http.Handler) http.Handler { return next }, peerOf
	}
	prefixes := make([]string, len(trusted))
	for i, prefix := range trusted {
		prefixes[i] = prefix.String()
	}
	return middleware.ClientIPFromXFF(prefixes...), func(r *http.Request) netip.Addr {
		return middleware.GetClientIPAddr(r.Context())
	}
}

func once(o *sync.Once, log *slog.Logger, message string, peer netip.Addr) func(context.Context) {
	return func(ctx context.Context) {
		o.Do(func() { log.WarnContext(ctx, message, "peer", peer) })
	}
}

// peerOf is the address of the connection, invalid when it has none.
func peerOf(r *http.Request) netip.Addr {
	peer, _ := netip.ParseAddrPort(r.RemoteAddr)
	return peer.Addr().Unmap().WithZone("")
}
