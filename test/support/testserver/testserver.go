// Package testserver runs the whole service in the test process, over HTTP and on
// a PostgreSQL database.
package testserver

import (
	"cmp"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/crypto/bcrypt"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testprovider"
)

// The signing key and the Fernet key of every test server, for tests only.
const (
	JWTKey    = "test-key-test-key-test-key-test-key"
	FernetKey = "dGVzdC1rZXktdGVzdC1rZXktdGVzdC1rZXktdGVzdC0="
)

// Server is a running service.
type Server struct {
	*httptest.Server
	App  *app.App
	Pool *pgxpool.Pool
	// Log is the log of the service, from level debug.
	Log *Log

	signing auth.SignerConfig
}

// New runs the service on a new database, with introspection and the playground
// enabled. The changes are applied to the settings first.
func New(t testing.TB, shape testdb.Shape, changes ...func(*config.Config)) *Server {
	t.Helper()
	return On(t, testdb.New(t, shape).Pool, changes...)
}

// On runs the service on a migrated database.
func On(t testing.TB, pool *pgxpool.Pool, changes ...func(*config.Config)) *Server {
	t.Helper()
	return With(t, pool, app.Options{}, changes...)
}

// With runs the service with the given options, except their Log. The timeouts of the
// database are long, because most tests would fail with db.DefaultTimeouts when the
// machine pauses.
func With(t testing.TB, pool *pgxpool.Pool, o app.Options, changes ...func(*config.Config)) *Server {
	t.Helper()
	cfg := Config(t)
	for _, change := range changes {
		change(cfg)
	}
	if o.Timeouts == (db.Timeouts{}) {
		o.Timeouts = testdb.LongTimeouts
	}
	o.HashCost = cmp.Or(o.HashCost, bcrypt.MinCost) // as testdb uses
	o.RefusalDelay = cmp.Or(o.RefusalDelay, time.Millisecond)
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{Pool: pool, Log: &Log{}, signing: auth.SignerConfig{Key: cfg.JWTKey, Lifetime: time.Hour, Now: o.Now}}
	o.Log = slog.New(slog.NewJSONHandler(s.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if s.App, err = app.New(cfg, pool, o); err != nil {
		t.Fatal(err)
	}
	handler, err := s.App.Handler(SDL(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(handler)
	t.Cleanup(s.App.Connections.Close)
	t.Cleanup(s.Close)
	return s
}

// Config returns the settings of a test server. No provider can be reached unless a test
// sets the ProviderURLs of a testprovider.Server.
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

		ConnectionChecks: true,
		ProviderURLs:     testprovider.UnreachableURLs(),
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

// Token issues a token for a user like sign-in.
func (s *Server) Token(t testing.TB, user testdb.UserRow) string {
	t.Helper()
	return issue(t, s.signing, user, time.Time{})
}

// TokenAt issues a token for a user like sign-in at the given time. It expires two
// hours later.
func TokenAt(t testing.TB, user testdb.UserRow, at time.Time) string {
	t.Helper()
	return issue(t, auth.SignerConfig{Key: []byte(JWTKey), Lifetime: 2 * time.Hour, Now: time.Now}, user, at)
}

// ExpiredToken returns a token that expired an hour ago.
func ExpiredToken(t testing.TB, user testdb.UserRow) string {
	t.Helper()
	return TokenAt(t, user, time.Now().Add(-3*time.Hour))
}

func issue(t testing.TB, signing auth.SignerConfig, user testdb.UserRow, at time.Time) string {
	t.Helper()
	signer, err := auth.NewSigner(signing)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signer.Issue(auth.Claims{
		UserID: user.ID, CompanyID: user.CompanyID, Email: user.Email, Role: auth.Role(user.Role), Superadmin: user.Superadmin, IssuedAt: at,
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// StoredKey returns the API key in a ciphertext, which a query with one text column
// returns.
func (s *Server) StoredKey(t testing.TB, query string, args ...any) string {
	t.Helper()
	key, err := s.App.Keys.Decrypt(testdb.Value[string](t, s.Pool, query, args...))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Log is a buffer that is safe for concurrent use.
type Log struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *Log) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// People are the users of most tests: two users of a company, and the
// administrator of another company.
type People struct {
	Company  testdb.CompanyRow
	Admin    testdb.UserRow
	Operator testdb.UserRow

	OtherCompany testdb.CompanyRow
	OtherAdmin   testdb.UserRow
}

// PasswordChangedAt is the time of the last password change of all People.
var PasswordChangedAt = time.Date(2025, 6, 1, 9, 0, 0, 123456000, time.UTC)

// People inserts two companies and their users, whose password is testdb.Password.
func (s *Server) People(t testing.TB) People {
	t.Helper()
	p := People{Company: testdb.Company(t, s.Pool, testdb.CompanyRow{}), OtherCompany: testdb.Company(t, s.Pool, testdb.CompanyRow{})}
	user := func(company testdb.CompanyRow, role string) testdb.UserRow {
		return testdb.User(t, s.Pool, testdb.UserRow{CompanyID: company.ID, Role: role, PasswordChangedAt: PasswordChangedAt})
	}
	p.Admin = user(p.Company, "admin")
	p.Operator = user(p.Company, "operativo")
	p.OtherAdmin = user(p.OtherCompany, "admin")
	return p
}
