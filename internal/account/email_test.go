package account_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestAddressInLowerCaseComesFirst(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, c := range []struct{ created, typed, want string }{
		{"Admin@Example.com", "Admin@Example.com", "Admin@Example.com"},
		{"", "admin@example.com", ""},
		{"", "ADMIN@example.com", ""},
		{"admin@example.com", "Admin@Example.com", "admin@example.com"},
		{"", "admin@example.com", "admin@example.com"},
		{"", "ADMIN@example.com", "admin@example.com"},
	} {
		if c.created != "" {
			testdb.User(t, f.pool, testdb.UserRow{CompanyID: f.user.CompanyID, Email: c.created})
		}
		session, err := f.SignIn(t.Context(), c.typed, testdb.Password, here)
		if c.want == "" {
			wantUserError(t, err, apperr.InvalidCredentials)
		} else if err != nil || session.User.Email != c.want {
			t.Errorf("%s: signed in as %+v, %v, want %s", c.typed, session, err, c.want)
		}
	}
}

func TestAllFormsOfAnAddressShareTheirLimits(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, email := range []string{"a@example.com", "A@example.com", "a@Example.com", "A@Example.com", "A@EXAMPLE.COM"} {
		f.wantInvalidCredentials(t, email, wrong)
	}
	_, err := f.SignIn(t.Context(), "a@example.COM", wrong, here)
	wantCode(t, err, apperr.RateLimited)
}

func TestPasswordResetFindsAnAddressInAnyCase(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, c := range []struct {
		created, typed, want string
		err                  error
	}{
		{"Admin@Example.com", "admin@EXAMPLE.com", "Admin@Example.com", nil},
		{" spaced@example.com", "spaced@example.com", " spaced@example.com", nil},
		{"JOSÉ@example.com", "josé@example.com", "JOSÉ@example.com", nil},
		{"ADMIN@example.com", "admin@example.com", "", account.ErrAmbiguousEmail},
		{"", "Admin@Example.com", "Admin@Example.com", nil},
		{"admin@example.com", "Admin@Example.com", "admin@example.com", nil},
	} {
		if c.created != "" {
			testdb.User(t, f.pool, testdb.UserRow{CompanyID: f.user.CompanyID, Email: c.created})
		}
		if stored, _, err := f.ResetPassword(t.Context(), c.typed); stored != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: reset %q, %v, want %q, %v", c.typed, stored, err, c.want, c.err)
		}
	}
}

func TestNewAccountMustDifferInMoreThanCase(t *testing.T) {
	t.Parallel()
	f := setup(t)
	testdb.User(t, f.pool, testdb.UserRow{CompanyID: f.user.CompanyID, Email: "Admin@Example.com"})
	_, err := f.CreateUser(t.Context(), f.user.CompanyID.String(), account.NewUser{Email: "admin@example.com", Role: auth.Admin})
	if !errors.Is(err, account.ErrEmailTaken) {
		t.Errorf("create a user: %v", err)
	}
	if _, _, err := f.CreateCompany(t.Context(), "New", "admin@example.com"); !errors.Is(err, account.ErrEmailTaken) {
		t.Errorf("create a company: %v", err)
	}
	emails, err := f.EmailsNotNormalized(t.Context())
	if err != nil || !slices.Equal(emails, []string{"Admin@Example.com"}) {
		t.Errorf("listed %q, %v", emails, err)
	}
}

// A client chooses the address of a sign-in, so its statement must not scan the table.
func TestSignInFindsTheUserByTheIndex(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Alembic).Pool
	company := testdb.Company(t, pool, testdb.CompanyRow{}).ID
	testdb.Exec(t, pool, `insert into usuarios (id, empresa_id, email, password_hash, rol, activo, created_at, updated_at)
		select gen_random_uuid(), $1, 'user-' || n || '@example.com', '', 'admin', true, now(), now() from generate_series(1, 5000) n`, company)
	testdb.Exec(t, pool, "analyze usuarios")
	err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		params := sqlc.UserByEmailParams{LowerCase: "user-7@example.com", Typed: "User-7@example.com"}
		if user, err := sqlc.New(tx).UserByEmail(t.Context(), params); err != nil || user.Email != params.LowerCase {
			t.Errorf("found %q, %v", user.Email, err)
		}
		const rowsRead = "select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables where relname = 'usuarios'"
		var read int
		err := tx.QueryRow(t.Context(), rowsRead).Scan(&read)
		if read > 10 { // the planner may read a few
			t.Errorf("the statement reads %d users", read)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
