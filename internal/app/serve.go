package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
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

// Listen opens an address for a handler.
func Listen(address string, handler http.Handler) (Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return Listener{}, fmt.Errorf("listen: %w", err)
	}
	return Listener{Listener: l, Handler: handler}, nil
}

// Serve answers on every listener until ctx ends. Then it takes no new request,
// lets those that run finish within nine seconds, and returns nil.
func Serve(ctx context.Context, log *slog.Logger, listeners ...Listener) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, l := range listeners {
		server := &http.Server{
			Handler:           l.Handler,
			ReadHeaderTimeout: readHeaderTimeout,
			ReadTimeout:       readTimeout,
			WriteTimeout:      writeTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeaderBytes,
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		}
		group.Go(func() error {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
		group.Go(func() error {
			<-ctx.Done()
			return shutDown(server)
		})
	}
	return group.Wait()
}

func shutDown(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("requests were still running after %s: %w", shutdownTimeout, err), server.Close())
	}
	return nil
}
