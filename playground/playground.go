// Package playground serves GraphiQL, a page for trying the API.
//
// The npm project in this folder builds the page (npm ci && npm run build) into
// dist/, which is embedded and never committed. A binary that was compiled without
// that build serves a page with instructions instead.
package playground

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"strings"
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

// Handler serves the page, its assets and their licenses for GET and HEAD. It passes
// requests for other paths to notFound.
func Handler(opts Options, notFound http.Handler) http.Handler {
	return handler(opts, embedded, notFound)
}

func handler(opts Options, files fs.FS, notFound http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// internal/web sets the other security headers, and a policy that the page cannot use.
		w.Header().Set("Content-Security-Policy", contentSecurityPolicy)
		switch name := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, Path), "/"); name {
		case "":
			if !serveFile(w, r, files, "index.html") { // not built before the binary was compiled
				w.Header().Set("Content-Type", contentTypes[".html"])
				_, _ = w.Write(unbuiltPage)
			}
		case "config.json":
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(opts)
		default:
			if !serveFile(w, r, files, name) {
				notFound.ServeHTTP(w, r)
			}
		}
	})
}
