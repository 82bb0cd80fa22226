package auth

import (
	"context"
	"net/netip"
)

// Request is what the domain needs of the HTTP request that a context belongs
// to. Its zero value stands for work outside of a request.
type Request struct {
	ID string // finds the request in the log
	// Client is the client's address, invalid when it is unknown.
	Client netip.Addr
	// Peer is the other end of the connection: the client or a proxy.
	Peer netip.Addr
	// ReportUnknown logs why Client is unknown; nil when it is known.
	ReportUnknown func(context.Context)
}

type requestKey struct{}

// WithRequest returns a context that belongs to a request.
func WithRequest(ctx context.Context, r Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// RequestID returns the id of the request, empty outside of one.
func RequestID(ctx context.Context) string { return requestFrom(ctx).ID }

// ClientAddress returns the client's address for a rate limit. It is invalid
// when the address is unknown, and the reason is logged then.
func ClientAddress(ctx context.Context) netip.Addr {
	r := requestFrom(ctx)
	if r.ReportUnknown != nil {
		r.ReportUnknown(ctx)
	}
	return r.Client
}

// RecordedAddress returns the address that a record names: the client's or, when
// that is unknown, the peer's. No header can hide it.
func RecordedAddress(ctx context.Context) netip.Addr {
	r := requestFrom(ctx)
	if r.Client.IsValid() {
		return r.Client
	}
	return r.Peer
}

// Network returns the part of an address that belongs to one client: all of an
// IPv4 address, the first 64 bits of an IPv6 address. It is empty for an invalid
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

func requestFrom(ctx context.Context) Request {
	r, _ := ctx.Value(requestKey{}).(Request)
	return r
}
