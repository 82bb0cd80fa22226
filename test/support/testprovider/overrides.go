package testprovider

import (
	"io"
	"net/http"
	"strings"
)

// Answers of a provider or a network that an Override can give.
var (
	// Hang never responds.
	Hang http.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // the server detects a disconnected client only after it
		<-r.Context().Done()
	})
	// Portal is the login page of a network.
	Portal = Answer(http.StatusOK, "text/html; charset=utf-8", "<!DOCTYPE html><title>Welcome</title>")
	// Garbage is JSON that ends early.
	Garbage = Answer(http.StatusOK, "application/json", `{"validToken": true, "data": [`)
	// Huge is 10 MB of valid JSON.
	Huge = Answer(http.StatusOK, "application/json", `{"validToken": true, "data": [], "models": [], "access_token": "t", "x": "`+strings.Repeat("x", 10_000_000)+`"}`)
)

// Answer returns a handler with the same response for every request.
func Answer(status int, contentType, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body) // fails when the client has read enough
	})
}

// Redirect returns a handler that redirects to an address.
func Redirect(status int, address string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", address)
		w.WriteHeader(status)
	})
}
