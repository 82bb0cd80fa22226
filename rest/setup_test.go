package rest_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/crypto/bcrypt"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// The company of the recorded cases, and its users.
var (
	companyID  = uuid.MustParse("0f0e0d0c-0000-4000-8000-00000000c001")
	adminID    = uuid.MustParse("0f0e0d0c-0000-4000-8000-00000000a001")
	operatorID = uuid.MustParse("0f0e0d0c-0000-4000-8000-00000000a002")
)

const (
	login = "/api/auth/login"
	pms   = "/api/perfil/integraciones/pms"

	adminEmail    = "contrato-admin@example.com"
	operatorEmail = "contrato-oper@example.com"
)

// server is the whole service as it runs in production.
type server struct {
	*httptest.Server
	pool *pgxpool.Pool
}

// newServer starts a server on a new database with the company of the recorded
// cases.
func newServer(t *testing.T, shape testdb.Shape) *server {
	t.Helper()
	database := testdb.New(t, shape)
	testdb.Company(t, database.Pool, testdb.CompanyRow{ID: companyID, Name: "Contrato"})
	changed := time.Date(2025, 6, 1, 9, 0, 0, 0, time.UTC)
	testdb.User(t, database.Pool, testdb.UserRow{ID: adminID, CompanyID: companyID, Email: adminEmail, PasswordChangedAt: changed})
	testdb.User(t, database.Pool, testdb.UserRow{ID: operatorID, CompanyID: companyID, Email: operatorEmail, Role: "operativo",
		PasswordChangedAt: changed.Add(123456 * time.Microsecond)})
	return startServer(t, database.Pool)
}

// startServer starts a server on an existing pool.
func startServer(t *testing.T, pool *pgxpool.Pool) *server {
	t.Helper()
	key, err := keyring.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	cfg := &config.Config{DatabaseURL: "set", JWTKey: []byte(signingKey), TokenLife: time.Hour, FernetKey: &key}
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

type response struct {
	*http.Response
	text string
}

// send sends a request with the given header lines ("Name: value"). A body is sent
// as application/json.
func (s *server) send(t *testing.T, method, path, body string, lines ...string) response {
	t.Helper()
	header := make(http.Header)
	if body != "" {
		header.Set("Content-Type", "application/json")
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		header.Set(name, value)
	}
	return s.do(t, method, path, strings.NewReader(body), header)
}

func (s *server) do(t *testing.T, method, path string, body io.Reader, header http.Header) response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	resp, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response{Response: resp, text: string(text)}
}

// check checks the status and the start of the body.
func (r response) check(t *testing.T, status int, prefix string) {
	t.Helper()
	if r.StatusCode != status || !strings.HasPrefix(r.text, prefix) {
		t.Errorf("got %d %s, want %d %s", r.StatusCode, r.text, status, prefix)
	}
}

const (
	signingKey = "a-signing-key-for-tests-only-0123456789"
	unknownKey = "another-key-for-tests-only-0123456789-x"
)

// credentials returns a new value of the Authorization header for a principal of
// the recorded cases, "" for none.
func credentials(t *testing.T, principal string) string {
	t.Helper()
	now := time.Now().Unix()
	claims := jwt.MapClaims{
		"sub": adminEmail, "user_id": adminID.String(), "empresa_id": companyID.String(), "rol": "admin",
		"es_superadmin": false, "debe_cambiar_password": false, "iat": now - 1, "exp": now + 3600,
	}
	if strings.HasSuffix(principal, "operativo") {
		claims["sub"], claims["user_id"], claims["rol"] = operatorEmail, operatorID.String(), "operativo"
	}
	method, key := jwt.SigningMethod(jwt.SigningMethodHS256), any([]byte(signingKey))
	switch principal {
	case "", "none":
		return ""
	case "garbage":
		return "Bearer not.a.token"
	case "empty_bearer":
		return "Bearer "
	case "admin", "operativo", "not_bearer":
	case "superadmin_operativo":
		claims["es_superadmin"] = true
	case "deleted_user":
		claims["user_id"] = "0f0e0d0c-0000-4000-8000-00000000dead"
	case "admin_second_token":
		claims["iat"] = now - 600 // well before the test changes the password
	case "admin_foreign_company":
		claims["empresa_id"] = "0f0e0d0c-0000-4000-8000-00000000c002"
	case "admin_bad_user_id":
		claims["user_id"] = "1 or 1=1"
	case "no_exp":
		delete(claims, "exp")
	case "expired":
		claims["iat"], claims["exp"] = now-7200, now-3600
	case "future_iat":
		claims["iat"] = now + 900
	case "bad_signature":
		key = []byte(unknownKey)
	case "alg_none":
		method, key = jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType
	case "hs512":
		method = jwt.SigningMethodHS512
	default:
		t.Fatalf("unknown principal %q", principal)
	}
	token, err := jwt.NewWithClaims(method, claims).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	if principal == "not_bearer" {
		return "Token " + token
	}
	return "Bearer " + token
}

// sendRaw sends a PUT request for the PMS integration with exactly the given header
// lines and body, closes the sending side and returns the first response.
func (s *server) sendRaw(t *testing.T, principal, rest string) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(testtime.MaxWait))
	_, _ = fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Type: application/json\r\n%s", pms, credentials(t, principal), rest)
	_ = conn.(*net.TCPConn).CloseWrite()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}
