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
	// readHeaderTimeout and the two below end slow and idle connections.
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 15 * time.Second
	idleTimeout       = 2 * time.Minute
	// writeTimeout leaves room for the longest wait for a password check.
	writeTimeout   = 30 * time.Second
	maxHeaderBytes = 32 << 10
	// shutdownTimeout is how long requests that run may still take.
	shutdownTimeout = 9 * time.Second
)

// Listener is a handler and where it answers.
type Listener struct {
	net.Listener
	Handler http.Handler
}

// Listen opens the address that a setting names for a handler.
func Listen(setting, address string, handler http.Handler) (Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return Listener{}, fmt.Errorf("%s: cannot listen on %s: %w", setting, address, reason(err))
	}
	return Listener{Listener: l, Handler: handler}, nil
}

// reason leaves out the address, which an error of package net repeats.
func reason(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return errors.New("another program answers there, perhaps another run of this one")
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}

// Serve answers on every listener until ctx ends. Then it takes no new
// connection, answers what open connections bring within a second, lets the
// requests that run finish within nine seconds in all, and returns nil. Clients
// that are slower than that are cut off.
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
	_ = l.Close() // before clients are told to leave: they would come back
	connections.drain(ctx)
	if err := server.Shutdown(ctx); err != nil && ctx.Err() != nil {
		log.Warn("cut off requests that were still running", "after", shutdownTimeout.String())
		_ = server.Close() // its error is that of a listener which is closed already
	}
}
