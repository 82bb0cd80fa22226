package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// These three close slow and idle connections.
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	idleTimeout       = 2 * time.Minute
	// writeTimeout includes the longest wait for a password check.
	writeTimeout = 30 * time.Second
	// maxHeaderBytes limits the request line and the headers. It exceeds the limit of
	// package transport for a URL, so that a longer one gets that package's response.
	maxHeaderBytes = 64 << 10
	// shutdownTimeout is how long a shutdown waits for running requests.
	shutdownTimeout = 8 * time.Second
)

// Listener is a network listener with the handler of its requests.
type Listener struct {
	net.Listener
	Handler http.Handler
}

// Listen listens on an address for a handler. An error begins with the name of the
// setting that holds the address.
func Listen(setting, address string, handler http.Handler) (Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return Listener{}, fmt.Errorf("%s: cannot listen on %s: %w", setting, address, reason(err))
	}
	return Listener{Listener: l, Handler: handler}, nil
}

// reason removes the address from an error of package net, which repeats it.
func reason(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return errors.New("the address is in use by another program, perhaps by another run of this one")
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}

// Serve serves every listener until ctx ends, and then shuts down: it accepts no
// new connection, serves further requests on open connections for a second, waits
// for running requests up to eight seconds in total, and returns nil. Then it closes
// the remaining connections.
func Serve(ctx context.Context, log *slog.Logger, listeners ...Listener) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, l := range listeners {
		connections := &drainer{}
		server := &http.Server{
			Handler:           connections.closeConnections(l.Handler),
			ConnState:         connections.count,
			ReadHeaderTimeout: readHeaderTimeout,
			ReadTimeout:       readTimeout,
			WriteTimeout:      writeTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeaderBytes,
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		}
		group.Go(func() error {
			if err := server.Serve(l); ctx.Err() == nil {
				return err
			}
			return nil // the listener was closed
		})
		group.Go(func() error {
			<-ctx.Done()
			shutDown(server, l, connections, log)
			return nil
		})
	}
	return group.Wait()
}

func shutDown(server *http.Server, l net.Listener, connections *drainer, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	_ = l.Close() // before draining, so that clients cannot reconnect
	connections.drain(ctx)
	if err := server.Shutdown(ctx); err != nil && ctx.Err() != nil {
		log.Warn("cut off requests that were still running", "after", shutdownTimeout.String())
		_ = server.Close() // fails only because the listener is already closed
	}
}
