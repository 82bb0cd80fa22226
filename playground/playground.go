// Package playground serves GraphiQL, a page for trying the API.
//
// The npm project in this folder builds the page (npm ci && npm run build) into
// dist/, which is embedded and never committed. A binary that was compiled without
// that build serves a page with instructions instead.
package playground

import (
	"embed"
	"encoding/json"
	"net/http"
)

// Path is the URL path of the page. The handler serves it and all paths below it.
const Path = "/playground"

// Options are the page's settings.
type Options struct {
	// Endpoint is the path of the GraphQL endpoint, on the same origin.
	Endpoint string `json:"endpoint"`
	// Introspection says that introspection is on and /schema.graphqls exists.
	// Otherwise the page offers nothing that needs the schema.
	Introspection bool `json:"introspection"`
	// Accounts are offered for sign-in with one click. Every client that can open
	// the page can read them with their passwords: set them in development only.
	Accounts []Account `json:"accounts,omitempty"`
}

// Account is a demo account.
type Account struct {
	// Label describes the account, for example "Admin of Casa Azul".
	Label    string `json:"label"`
	Email    string `json:"email"`
	Password string `json:"password"`
}

// The placeholder dist/.gitkeep lets this compile before the first npm build.
//
//go:embed all:dist
var embedded embed.FS

//go:embed unbuilt.html
var unbuiltPage []byte

// contentSecurityPolicy restricts the page to its own origin. Inline styles are
// allowed because the Monaco editor positions its lines with them; inline scripts
// and eval are not.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; worker-src 'self'; " +
	"style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Handler serves the page, its assets and their licences for GET and HEAD. It
// passes GET requests for other paths to notFound.
func Handler(opts Options, notFound http.Handler) http.Handler {
	return handler(opts, build{embedded}, notFound)
}

func handler(opts Options, files build, notFound http.Handler) http.Handler {
	serve := func(w http.ResponseWriter, r *http.Request, name string) {
		if !files.serve(w, r, name) {
			notFound.ServeHTTP(w, r)
		}
	}
	index := func(w http.ResponseWriter, r *http.Request) {
		if !files.exists() {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(unbuiltPage)
			return
		}
		serve(w, r, "index.html")
	}

	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path, index)
	mux.HandleFunc("GET "+Path+"/{$}", index)
	mux.HandleFunc("GET "+Path+"/config.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(opts)
	})
	mux.HandleFunc("GET "+Path+"/licenses.txt", func(w http.ResponseWriter, r *http.Request) {
		serve(w, r, "licenses.txt")
	})
	mux.HandleFunc("GET "+Path+"/assets/{name}", func(w http.ResponseWriter, r *http.Request) {
		serve(w, r, "assets/"+r.PathValue("name"))
	})
	mux.Handle("GET /", notFound)
	// internal/web sets the other security headers, and a policy that the page cannot use.
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", contentSecurityPolicy)
		mux.ServeHTTP(w, r)
	})
}
