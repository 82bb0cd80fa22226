package web

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// pingInterval is how long the result of a ping is reused.
const pingInterval = time.Second

// readiness responds 200 when the database responds, and 503 otherwise. All
// callers share one ping per pingInterval, successful or not. The ping does not
// use the context of a request: a client that disconnects must not fail it for
// the others.
func readiness(ping func(context.Context) error) http.HandlerFunc {
	var (
		mu     sync.Mutex // held during a ping: the other callers wait for its result
		pinged time.Time
		err    error
	)
	shared := func(ctx context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		if time.Since(pinged) >= pingInterval {
			err = ping(context.WithoutCancel(ctx))
			pinged = time.Now()
		}
		return err
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if shared(r.Context()) != nil {
			writeText(w, http.StatusServiceUnavailable, "the database does not answer\n")
			return
		}
		writeText(w, http.StatusOK, "ready\n")
	}
}

// text responds 200 with the given text, without the database.
func text(content string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, content) }
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}
