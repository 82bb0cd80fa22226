package web

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// drainTimeout is how long open connections may send further requests during a
// shutdown.
const drainTimeout = time.Second

// drainer closes the connections of a server without a failed request. A server
// that closes an idle connection may do so while the client sends its next
// request, and the client cannot know whether that request was executed.
// Therefore every response has "Connection: close" once draining has begun.
type drainer struct {
	draining atomic.Bool
	open     atomic.Int64 // connections of the server
}

// closeConnections is the outermost middleware of the server.
func (d *drainer) closeConnections(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// count is the ConnState hook of the server.
func (d *drainer) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		d.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		d.open.Add(-1)
	}
}

// drain returns when all connections are closed, at the latest after
// drainTimeout. The caller must have closed the listener.
func (d *drainer) drain(ctx context.Context) {
	d.draining.Store(true)
	ctx, cancel := context.WithTimeout(ctx, drainTimeout)
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
