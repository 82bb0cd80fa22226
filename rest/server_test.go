package rest_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/crypto/bcrypt"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// The company of the recorded cases, and its users.
var (
	companyID  = uuid.MustParse("0f0e0d0c-0000-4000-8000-00000000c001")
	adminID    = uuid.MustParse("0f0e0d0c-0000-4000-8000-00000000a001")
	operatorID = uuid.MustParse("0f0e0d0c-0000-4000-8000-00000000a002")
)

const (
	adminEmail    = "contrato-admin@example.com"
	operatorEmail = "contrato-oper@example.com"
)

// server is the whole service, as it runs in production, on a database of its
// own with the company of the recorded cases.
type server struct {
	*httptest.Server
	pool *pgxpool.Pool
}

func newServer(t *testing.T, shape testdb.Shape) *server {
	t.Helper()
	database := testdb.New(t, shape)
	testdb.Company(t, database.Pool, testdb.CompanyRow{ID: companyID, Name: "Contrato"})
	changed := time.Date(2025, 6, 1, 9, 0, 0, 0, time.UTC)
	testdb.User(t, database.Pool, testdb.UserRow{ID: adminID, CompanyID: companyID, Email: adminEmail, PasswordChangedAt: changed})
	testdb.User(t, database.Pool, testdb.UserRow{ID: operatorID, CompanyID: companyID, Email: operatorEmail, Role: "operativo",
		PasswordChangedAt: changed.Add(123456 * time.Microsecond)})
	return serve(t, database.Pool)
}

// serve starts the service on a pool.
func serve(t *testing.T, pool *pgxpool.Pool) *server {
	t.Helper()
	key, err := keyring.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	cfg := &config.Config{DatabaseURL: "set", JWTKey: []byte(testKey), TokenLife: time.Hour, FernetKey: &key}
	service, err := app.New(cfg, pool, app.Options{Log: slog.New(slog.DiscardHandler), HashCost: bcrypt.MinCost, Timeouts: testdb.LongTimeouts})
	if err != nil {
		t.Fatal(err)
	}
	handler, err := service.Handler("", nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{Server: httptest.NewServer(handler), pool: pool}
	t.Cleanup(s.Close)
	return s
}

// reply is what came back.
type reply struct {
	*http.Response
	text string
}

// send makes a request; header lines are "Name: value". A body goes as JSON.
func (s *server) send(t *testing.T, method, path, body string, header ...string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	return s.do(t, r)
}

func (s *server) do(t *testing.T, r *http.Request) reply {
	t.Helper()
	resp, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{Response: resp, text: string(text)}
}

// expect checks the status and how the body starts.
func (r reply) expect(t *testing.T, status int, prefix string) {
	t.Helper()
	if r.StatusCode != status || !strings.HasPrefix(r.text, prefix) {
		t.Errorf("got %d %s, want %d %s", r.StatusCode, r.text, status, prefix)
	}
}
