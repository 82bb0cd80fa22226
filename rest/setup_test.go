package rest_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
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

// newServer runs the whole service on a new database with the company of the recorded
// cases.
func newServer(t *testing.T, shape testdb.Shape) *testserver.Server {
	t.Helper()
	s := testserver.New(t, shape)
	testdb.Company(t, s.Pool, testdb.CompanyRow{ID: companyID, Name: "Contrato"})
	changed := time.Date(2025, 6, 1, 9, 0, 0, 0, time.UTC)
	testdb.User(t, s.Pool, testdb.UserRow{ID: adminID, CompanyID: companyID, Email: adminEmail, PasswordChangedAt: changed})
	testdb.User(t, s.Pool, testdb.UserRow{ID: operatorID, CompanyID: companyID, Email: operatorEmail, Role: "operativo",
		PasswordChangedAt: changed.Add(123456 * time.Microsecond)})
	return s
}

// check checks the status and the start of the body.
func check(t *testing.T, r *testserver.Response, status int, prefix string) {
	t.Helper()
	if r.Status != status || !strings.HasPrefix(r.Body, prefix) {
		t.Errorf("got %d %s, want %d %s", r.Status, r.Body, status, prefix)
	}
}

// credentials returns a new Authorization header for a principal of the recorded cases,
// nil for none.
func credentials(t *testing.T, principal string) (header []string) {
	t.Helper()
	now := time.Now().Unix()
	claims := jwt.MapClaims{
		"sub": adminEmail, "user_id": adminID.String(), "empresa_id": companyID.String(), "rol": "admin",
		"es_superadmin": false, "debe_cambiar_password": false, "iat": now - 1, "exp": now + 3600,
	}
	if strings.HasSuffix(principal, "operativo") {
		claims["sub"], claims["user_id"], claims["rol"] = operatorEmail, operatorID.String(), "operativo"
	}
	key := testserver.JWTKey
	switch principal {
	case "none":
		return nil
	case "garbage":
		return []string{"Authorization: Bearer not.a.token"}
	case "empty_bearer":
		return []string{"Authorization: Bearer "}
	case "admin", "operativo":
	case "superadmin_operativo":
		claims["es_superadmin"] = true
	case "deleted_user":
		claims["user_id"] = "0f0e0d0c-0000-4000-8000-00000000dead"
	case "admin_second_token":
		claims["iat"] = now - 600 // well before the test changes the password
	case "admin_bad_user_id":
		claims["user_id"] = "1 or 1=1"
	case "no_exp":
		delete(claims, "exp")
	case "future_iat":
		claims["iat"] = now + 900
	case "bad_signature":
		key = "another-key-for-tests-only-0123456789-x"
	default:
		t.Fatalf("unknown principal %q", principal)
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return []string{"Authorization: Bearer " + token}
}
