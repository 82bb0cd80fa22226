package web

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// Pinger tells whether the database answers; db.DB does.
type Pinger interface {
	Ping(ctx context.Context) error
}

// alive says that the process serves requests, whatever the database does.
func alive(w http.ResponseWriter, _ *http.Request) {
	writeText(w, http.StatusOK, "alive\n")
}

// pingEvery is how long the result of a ping is used.
const pingEvery = time.Second

// ready says whether requests that need the database can be answered. All
// callers share one ping per pingEvery, good or bad. It belongs to no client:
// one that disconnects must not fail it for the others.
func ready(database Pinger) http.HandlerFunc {
	var (
		mu     sync.Mutex // held during a ping, for whose result all others wait
		pinged time.Time
		err    error
	)
	ping := func(ctx context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		if time.Since(pinged) >= pingEvery {
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

// sdl answers the committed schema, descriptions included.
func sdl(schema string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		writeText(w, http.StatusOK, schema)
	}
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}
