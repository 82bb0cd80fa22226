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

const (
	untrustedPeer = "X-Forwarded-For comes from a peer that is not trusted, so limits per address are off: " +
		"set TRUSTED_PROXIES to the network of the proxy"
	silentProxy = "a trusted proxy names no client in X-Forwarded-For, so limits per address are off: " +
		"let it set the header, and let TRUSTED_PROXIES name proxies only"
)

type key struct{}

// found is what is known of where a request comes from.
type found struct {
	client netip.Addr // invalid when it is not known
	seen   netip.Addr // the client, or the peer when the client is not known
	// warn tells the log, once, that the client is not known to those who asked.
	warn func(context.Context)
}

// Middleware finds the address of each request's client. X-Forwarded-For
// counts only when a trusted proxy sends it.
//
// When an untrusted peer sends it, that peer is probably a proxy which was
// forgotten in the settings. Then the address of the client is not known, and
// neither is it when a trusted proxy names none, so that nobody is made to wait
// for somebody else behind the same proxy. The log is told once of each, when
// it first matters to a request.
func Middleware(trusted []netip.Prefix, log *slog.Logger) func(http.Handler) http.Handler {
	read, clientOf := forwarded(trusted)
	var untrusted, silent sync.Once
	return func(next http.Handler) http.Handler {
		return read(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			peer := peerOf(r)
			address := clientOf(r)
			from := found{client: address, seen: address}
			switch {
			case !address.IsValid():
				from = found{seen: peer, warn: once(&silent, log, silentProxy, peer)}
			case r.Header.Get("X-Forwarded-For") != "" && address.WithZone("") == peer:
				from = found{seen: peer, warn: once(&untrusted, log, untrustedPeer, peer)}
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, from)))
		}))
	}
}

// forwarded returns what reads X-Forwarded-For, and then tells the client.
// Without trusted proxies that is nothing, and the peer.
func forwarded(trusted []netip.Prefix) (read func(http.Handler) http.Handler, clientOf func(*http.Request) netip.Addr) {
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

// Address returns the client's address, or an invalid one when it is not known,
// of which the log is told.
func Address(ctx context.Context) netip.Addr {
	from := of(ctx)
	if from.warn != nil {
		from.warn(ctx)
	}
	return from.client
}

// Seen returns the address that a record shall name: the client's or, when that
// is not known, the peer's. Nobody can hide it by a header.
func Seen(ctx context.Context) netip.Addr { return of(ctx).seen }

// Network is the part of an address that one client has to itself: all of an
// IPv4 address, the first 64 bits of an IPv6 one. It is empty for an invalid
// address.
func Network(address netip.Addr) string {
	address = address.Unmap().WithZone("")
	switch {
	case !address.IsValid():
		return ""
	case address.Is4():
		return address.String()
	}
	return netip.PrefixFrom(address, 64).Masked().String()
}

func of(ctx context.Context) found {
	from, _ := ctx.Value(key{}).(found)
	return from
}
