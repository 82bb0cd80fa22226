package web

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// drainTime is how long the connections that are open at the end may still
// bring requests.
const drainTime = time.Second

// drainer lets the clients of a server go without a failed request. A server
// that closes an idle connection may do so while the client sends the next
// request on it, and that client cannot know whether it was carried out. So,
// once draining has begun, each answer tells its client that it is the last on
// its connection.
type drainer struct {
	draining atomic.Bool
	open     atomic.Int64 // connections
}

// closeConnections is the server's outermost handler.
func (d *drainer) closeConnections(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// count is the server's ConnState.
func (d *drainer) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		d.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		d.open.Add(-1)
	}
}

// drain returns when all connections are closed, or when the time is over and
// those that are still open are idle or have been slow. No connection must be
// accepted any more.
func (d *drainer) drain(ctx context.Context) {
	d.draining.Store(true)
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for d.open.Load() > 0 {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
