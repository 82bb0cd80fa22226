package testdb

import (
	"cmp"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/crypto/bcrypt"
)

// Password is the default password of a user.
const Password = "Correct-Horse-1"

// Execer is a pool, a connection or a transaction.
type Execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// CompanyRow is a company to insert. Zero fields get valid, unique values.
type CompanyRow struct {
	ID            uuid.UUID
	Name          string
	Email         string
	Configuration string // JSON
	Inactive      bool
}

// Company inserts a company and returns it with all its fields.
func Company(t testing.TB, to Execer, row CompanyRow) CompanyRow {
	t.Helper()
	row.ID = cmp.Or(row.ID, uuid.New())
	unique := shortID(row.ID)
	row.Name = cmp.Or(row.Name, "Company "+unique)
	row.Email = cmp.Or(row.Email, unique+"@company.example.com")
	row.Configuration = cmp.Or(row.Configuration, "{}")
	Exec(t, to, `
		insert into empresas (id, nombre, email, password_hash, ciudad, herramientas_activas,
			configuracion, activa, created_at, updated_at)
		values ($1, $2, $3, $4, null, '{}', $5, $6, now(), now())`,
		row.ID, row.Name, row.Email, hash(t, Password), row.Configuration, !row.Inactive)
	return row
}

// UserRow is a user to insert. Zero fields except PasswordChangedAt get valid,
// unique values.
type UserRow struct {
	ID                uuid.UUID
	CompanyID         uuid.UUID // required
	Email             string
	Role              string    // "admin", also when empty, or "operativo"
	Password          string    // default Password
	PasswordHash      string    // default: the hash of Password at cost 4
	PasswordChangedAt time.Time // zero is stored as null: never changed
	Inactive          bool
	Superadmin        bool
}

// User inserts a user and returns it with all its fields.
func User(t testing.TB, to Execer, row UserRow) UserRow {
	t.Helper()
	row.ID = cmp.Or(row.ID, uuid.New())
	row.Email = cmp.Or(row.Email, shortID(row.ID)+"@example.com")
	row.Role = cmp.Or(row.Role, "admin")
	row.Password = cmp.Or(row.Password, Password)
	if row.PasswordHash == "" {
		row.PasswordHash = hash(t, row.Password)
	}
	var changed *time.Time
	if !row.PasswordChangedAt.IsZero() {
		changed = &row.PasswordChangedAt
	}
	Exec(t, to, `
		insert into usuarios (id, empresa_id, email, password_hash, rol, activo,
			password_changed_at, es_superadmin, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, now(), now())`,
		row.ID, row.CompanyID, row.Email, row.PasswordHash, row.Role, !row.Inactive, changed, row.Superadmin)
	return row
}

// hash hashes each password once, because it takes most of the time of User under the
// race detector.
func hash(t testing.TB, password string) string {
	t.Helper()
	if hashed, ok := hashes.Load(password); ok {
		return hashed.(string)
	}
	hashed, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	hashes.Store(password, string(hashed))
	return string(hashed)
}

var hashes sync.Map // of passwords

// shortID returns the end of an id: the ids in tests often have equal beginnings.
func shortID(id uuid.UUID) string {
	text := id.String()
	return text[strings.LastIndexByte(text, '-')+1:]
}
