// Package requestid names each request, so that an answer can be found in the
// log.
package requestid

import (
	"context"
	"crypto/rand"
	"net/http"
)

// Header carries the id in every answer.
const Header = "X-Request-Id"

type key struct{}

// Middleware gives every request a new id of 26 characters. An id that a client
// sends is not taken over: it would let anyone write into the log.
func Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := rand.Text()
		w.Header().Set(Header, id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, id)))
	})
}

// From returns the id of the request, empty outside of one.
func From(ctx context.Context) string {
	id, _ := ctx.Value(key{}).(string)
	return id
}
