package web

import (
	"context"
	"io"
	"net/http"
)

// Pinger tells whether the database answers; db.DB does.
type Pinger interface {
	Ping(ctx context.Context) error
}

// alive says that the process serves requests, whatever the database does.
func alive(w http.ResponseWriter, _ *http.Request) {
	writeText(w, http.StatusOK, "alive\n")
}

// ready says whether requests that need the database can be answered.
func ready(database Pinger) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if database.Ping(r.Context()) != nil {
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
