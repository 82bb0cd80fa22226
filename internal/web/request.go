package web

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/netip"
	"regexp"
	"sync"

	"github.com/go-chi/chi/v5/middleware"

	"github.com/stay-sidekick/profile-server/internal/auth"
)

// RequestIDHeader carries the request's id in every response.
const RequestIDHeader = "X-Request-Id"

const (
	untrustedPeer = "X-Forwarded-For comes from a peer that is not trusted, so limits per address are off: " +
		"set TRUSTED_PROXIES to the network of the proxy"
	clientNotNamed = "a trusted proxy names no client in X-Forwarded-For, so limits per address are off: " +
		"configure it to set the header, and list only proxies in TRUSTED_PROXIES"
)

// IdentifyRequest adds an auth.Request to the context of each request: a new id
// of 26 characters and the addresses of the client and the peer. It ignores an id
// that the client sends, because any text could get into the log that way.
//
// X-Forwarded-For is used only when a trusted proxy sends it. The address of the
// client is unknown in two cases: an untrusted peer sends the header, and is
// probably a proxy that is missing in TRUSTED_PROXIES; or a trusted proxy names no
// client. A rate limit on the address of the proxy would affect all its clients.
// Each of the two cases is logged once, when a rate limit needs the address.
func IdentifyRequest(trusted []netip.Prefix, log *slog.Logger) func(http.Handler) http.Handler {
	parseHeader := forwarded(trusted)
	var untrusted, notNamed sync.Once
	return func(next http.Handler) http.Handler {
		return parseHeader(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			request := auth.Request{ID: rand.Text(), Client: middleware.GetClientIPAddr(r.Context()), Peer: peerOf(r)}
			switch {
			case !request.Client.IsValid():
				request.ReportUnknown = warnOnce(&notNamed, log, clientNotNamed, request.Peer)
			case r.Header.Get("X-Forwarded-For") != "" && request.Client.WithZone("") == request.Peer:
				request.Client = netip.Addr{}
				request.ReportUnknown = warnOnce(&untrusted, log, untrustedPeer, request.Peer)
			}
			w.Header().Set(RequestIDHeader, request.ID)
			next.ServeHTTP(w, r.WithContext(auth.WithRequest(r.Context(), request)))
		}))
	}
}

// forwarded returns middleware that finds the address of the client in
// X-Forwarded-For. Without trusted proxies the client is the peer.
func forwarded(trusted []netip.Prefix) func(http.Handler) http.Handler {
	if len(trusted) == 0 {
		return middleware.ClientIPFromRemoteAddr
	}
	prefixes := make([]string, len(trusted))
	for i, prefix := range trusted {
		prefixes[i] = prefix.String()
	}
	fromHeader := middleware.ClientIPFromXFF(prefixes...)
	return func(next http.Handler) http.Handler { return removePorts(fromHeader(next)) }
}

// withPort matches an address with a port, or an address in brackets.
var withPort = regexp.MustCompile(`\[([^],]*)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+`)

// removePorts removes ports and brackets from the addresses in X-Forwarded-For. The
// proxies of Azure add the port of the client, and ClientIPFromXFF expects addresses.
func removePorts(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for i, header := range r.Header["X-Forwarded-For"] {
			r.Header["X-Forwarded-For"][i] = withPort.ReplaceAllString(header, "$1$2")
		}
		next.ServeHTTP(w, r)
	})
}

func warnOnce(once *sync.Once, log *slog.Logger, message string, peer netip.Addr) func(context.Context) {
	return func(ctx context.Context) {
		once.Do(func() { log.WarnContext(ctx, message, "peer", peer) })
	}
}

// peerOf returns the remote address of the connection, invalid when unknown.
func peerOf(r *http.Request) netip.Addr {
	peer, _ := netip.ParseAddrPort(r.RemoteAddr)
	return peer.Addr().Unmap().WithZone("")
}
