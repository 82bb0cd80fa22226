package app_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// BenchmarkRequest measures whole requests without the network, from the router to
// the database and back. "Nothing" is the overhead of the benchmark itself. With
// "-cpu 16" sixteen requests run concurrently.
func BenchmarkRequest(b *testing.B) {
	server := testserver.New(b, testdb.Own)
	service, err := app.New(server.App.Config, server.Pool, app.Options{Log: slog.New(slog.NewJSONHandler(io.Discard, nil))})
	if err != nil {
		b.Fatal(err)
	}
	handler, err := service.Handler("", nil)
	if err != nil {
		b.Fatal(err)
	}
	token := server.Token(b, server.People(b).Admin)

	nothing := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })

	for name, request := range map[string]struct{ method, path, body string }{
		"Nothing":          {http.MethodPost, "/graphql", `{"query":"{ me { email role companyId passwordChangedAt } }"}`},
		"Me":               {http.MethodPost, "/graphql", `{"query":"{ me { email role companyId passwordChangedAt } }"}`},
		"Profile":          {http.MethodPost, "/graphql", `{"query":"{ me { id email role mustChangePassword company { name integrations { pms { configured provider } ai { configured provider model } google { configured } } apartmentColumns { externalId name address city } lateCheckIn { cutoff columns { guestName checkIn } } } } }"}`},
		"RESTProfile":      {http.MethodGet, "/api/perfil", ""},
		"RESTIntegrations": {http.MethodGet, "/api/perfil/integraciones", ""},
	} {
		handler := handler
		if name == "Nothing" {
			handler = nothing
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var failed atomic.Int64
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					r, _ := http.NewRequest(request.method, "http://localhost"+request.path, strings.NewReader(request.body))
					r.RemoteAddr = "127.0.0.1:1234"
					r.Header.Set("Content-Type", "application/json")
					r.Header.Set("Authorization", "Bearer "+token)
					w := &discard{header: http.Header{}}
					handler.ServeHTTP(w, r)
					if w.status != http.StatusOK {
						failed.Add(1)
					}
				}
			})
			if failed.Load() > 0 {
				b.Fatalf("%d requests failed", failed.Load())
			}
		})
	}
}

type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header    { return d.header }
func (d *discard) WriteHeader(status int) { d.status = status }
func (d *discard) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(`"errors"`)) {
		d.status = http.StatusTeapot
	}
	return len(p), nil
}
