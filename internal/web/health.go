package web

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// Pinger checks that the database responds. db.DB implements it.
type Pinger interface {
	Ping(ctx context.Context) error
}

// liveness responds 200 while the process serves requests; it does not use the
// database.
func liveness(w http.ResponseWriter, _ *http.Request) {
	writeText(w, http.StatusOK, "alive\n")
}

// pingInterval is how long the result of a ping is reused.
const pingInterval = time.Second

// readiness responds 200 when the database responds, and 503 otherwise. All
// callers share one ping per pingInterval, successful or not. The ping does not
// use the context of a request: a client that disconnects must not fail it for
// the others.
func readiness(database Pinger) http.HandlerFunc {
	var (
		mu     sync.Mutex // held during a ping: the other callers wait for its result
		pinged time.Time
		err    error
	)
	ping := func(ctx context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		if time.Since(pinged) >= pingInterval {
			err = database.Ping(context.WithoutCancel(ctx))
			pinged = time.Now()
		}
		return err
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if ping(r.Context()) != nil {
			writeText(w, http.StatusServiceUnavailable, "the database does not answer\n")
			return
		}
		writeText(w, http.StatusOK, "ready\n")
	}
}

// schemaFile serves the committed schema, with its descriptions.
func schemaFile(schema string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		writeText(w, http.StatusOK, schema)
	}
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}
