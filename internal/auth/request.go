package auth

import (
	"context"
	"net/netip"
)

// Request describes the HTTP request that a context belongs to. Its zero value
// describes work outside of a request.
type Request struct {
	ID string // the request id of the log
	// Client is the client's address, invalid when it is unknown.
	Client netip.Addr
	// Peer is the address of the connection: the client's or a proxy's.
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

// ClientAddress returns the client's address for a rate limit. When the address is
// unknown, it logs the reason and returns an invalid address.
func ClientAddress(ctx context.Context) netip.Addr {
	r := requestFrom(ctx)
	if r.ReportUnknown != nil {
		r.ReportUnknown(ctx)
	}
	return r.Client
}

// RecordedAddress returns the address for the audit log and the request log: the
// client's or, when that is unknown, the peer's. No header can hide it.
func RecordedAddress(ctx context.Context) netip.Addr {
	r := requestFrom(ctx)
	if r.Client.IsValid() {
		return r.Client
	}
	return r.Peer
}

// Network returns the network that counts as one client: an IPv4 address, or the
// /64 of an IPv6 address. It is empty for an invalid address.
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
