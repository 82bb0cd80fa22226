// Package testserver runs the whole service over real HTTP on a real database,
// as the binary does.
package testserver

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// The keys of every test server; for tests only.
const (
	JWTKey    = "test-key-test-key-test-key-test-key"
	FernetKey = "dGVzdC1rZXktdGVzdC1rZXktdGVzdC1rZXktdGVzdC0="
)

// hashCost makes passwords cheap; testdb's fixtures have the same.
const hashCost = 4

// Server is a running service.
type Server struct {
	*httptest.Server
	App  *app.App
	Pool *pgxpool.Pool
	// Log is everything that the service has logged, from debug on.
	Log *Log

	signer *auth.Signer
}

// New runs the service on a database of its own, with introspection and the
// playground on. Each change is applied to the settings first.
func New(t testing.TB, shape testdb.Shape, changes ...func(*config.Config)) *Server {
	t.Helper()
	return On(t, testdb.New(t, shape).Pool, changes...)
}

// On runs the service on a migrated database.
func On(t testing.TB, pool *pgxpool.Pool, changes ...func(*config.Config)) *Server {
	t.Helper()
	return With(t, pool, app.Options{}, changes...)
}

// WithRealTimeouts is On for tests of how long the service waits for its database and of
// faults under load: with the timeouts of the server, which fail another test
// when the machine pauses.
func WithRealTimeouts(t testing.TB, pool *pgxpool.Pool, changes ...func(*config.Config)) *Server {
	t.Helper()
	return run(t, pool, app.Options{}, changes...)
}

// With runs the service with options of the test's own. The log of the options is not used.
func With(t testing.TB, pool *pgxpool.Pool, o app.Options, changes ...func(*config.Config)) *Server {
	t.Helper()
	if o.Timeouts == (db.Timeouts{}) {
		o.Timeouts = testdb.LongTimeouts
	}
	return run(t, pool, o, changes...)
}

func run(t testing.TB, pool *pgxpool.Pool, o app.Options, changes ...func(*config.Config)) *Server {
	t.Helper()
	cfg := Config(t)
	for _, change := range changes {
		change(cfg)
	}
	if o.HashCost == 0 {
		o.HashCost = hashCost
	}
	if o.RefusalDelay == 0 {
		o.RefusalDelay = time.Millisecond
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{Pool: pool, Log: &Log{}}
	o.Log = slog.New(slog.NewJSONHandler(s.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if s.App, err = app.New(cfg, pool, o); err != nil {
		t.Fatal(err)
	}
	handler, err := s.App.Handler(SDL(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	s.signer, err = auth.NewSigner(auth.SignerConfig{Key: cfg.JWTKey, Life: time.Hour, Now: o.Now})
	if err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s
}

// Config returns the settings of a test server.
func Config(t testing.TB) *config.Config {
	t.Helper()
	key, err := keyring.ParseKey(FernetKey)
	if err != nil {
		t.Fatal(err)
	}
	return &config.Config{
		DatabaseURL:   "set",
		JWTKey:        []byte(JWTKey),
		TokenLife:     time.Hour,
		FernetKey:     &key,
		Introspection: true,
		Playground:    true,
	}
}

// SDL reads the public schema.
func SDL(t testing.TB) string {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	sdl, err := os.ReadFile(filepath.Join(filepath.Dir(here), "..", "..", "..", "schema.graphqls"))
	if err != nil {
		t.Fatal(err)
	}
	return string(sdl)
}

// Token issues a token for a user as sign-in does.
func (s *Server) Token(t testing.TB, user testdb.UserRow) string {
	t.Helper()
	return issue(t, s.signer, user, time.Time{})
}

// TokenAt issues a token for a user as a sign-in at a moment does. It is valid
// for two hours.
func TokenAt(t testing.TB, user testdb.UserRow, at time.Time) string {
	t.Helper()
	signer, err := auth.NewSigner(auth.SignerConfig{Key: []byte(JWTKey), Life: 2 * time.Hour, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return issue(t, signer, user, at)
}

func issue(t testing.TB, signer *auth.Signer, user testdb.UserRow, at time.Time) string {
	t.Helper()
	token, err := signer.Issue(auth.Claims{
		UserID: user.ID, CompanyID: user.CompanyID, Email: user.Email, Role: auth.Role(user.Role), Superadmin: user.Superadmin, IssuedAt: at,
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// Request sends a request with a token, if it is not empty. The body of the answer
// has been read: whoever asks in a loop until the test ends must not find it
// closed by the test's end.
func (s *Server) Request(t testing.TB, r *http.Request, token string) *http.Response {
	t.Helper()
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		t.Fatal(err)
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer
}

// StoredKey decrypts a stored key, read by a query with one text column.
func (s *Server) StoredKey(t testing.TB, query string, args ...any) string {
	t.Helper()
	var token string
	if err := s.Pool.QueryRow(context.Background(), query, args...).Scan(&token); err != nil {
		t.Fatal(err)
	}
	key, err := s.App.Keys.Decrypt(token)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
