package account_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestAddressInLowerCaseComesFirst(t *testing.T) {
	t.Parallel()
	f := setup(t, time.Now)
	company := testdb.Company(t, f.pool, testdb.CompanyRow{}).ID
	capitals := testdb.User(t, f.pool, testdb.UserRow{CompanyID: company, Email: "Admin@Example.com"})
	signIn := func(email string) string {
		t.Helper()
		session, err := f.SignIn(t.Context(), email, testdb.Password, here)
		if err != nil {
			wantUserError(t, err, apperr.InvalidCredentials)
			return ""
		}
		f.wantValid(t, session)
		return session.User.Email
	}
	for typed, want := range map[string]string{
		"Admin@Example.com": capitals.Email, "admin@example.com": "", "ADMIN@example.com": "",
	} {
		if got := signIn(typed); got != want {
			t.Errorf("%s: signed in as %q, want %q", typed, got, want)
		}
	}
	lower := testdb.User(t, f.pool, testdb.UserRow{CompanyID: company, Email: "admin@example.com"})
	for _, typed := range []string{"Admin@Example.com", "admin@example.com", "ADMIN@example.com"} {
		if got := signIn(typed); got != lower.Email {
			t.Errorf("%s: signed in as %q, want %q", typed, got, lower.Email)
		}
	}
}

func TestAllFormsOfAnAddressShareTheirLimits(t *testing.T) {
	t.Parallel()
	f := setup(t, time.Now)
	for _, email := range []string{"a@example.com", "A@example.com", "a@Example.com", "A@Example.com", "A@EXAMPLE.COM"} {
		wantInvalidCredentials(t, f, email, wrong)
	}
	_, err := f.SignIn(t.Context(), "a@example.COM", wrong, here)
	wantCode(t, err, apperr.RateLimited)
}

func TestPasswordResetFindsAnAddressInAnyCase(t *testing.T) {
	t.Parallel()
	now := time.Now()
	f := setup(t, func() time.Time { return now })
	company := testdb.Company(t, f.pool, testdb.CompanyRow{}).ID
	reset := func(email, want string) {
		t.Helper()
		stored, password, err := f.ResetPassword(t.Context(), email)
		if err != nil || stored != want {
			t.Errorf("%s: reset %q, %v, want %q", email, stored, err, want)
			return
		}
		if _, err := f.SignIn(t.Context(), strings.TrimSpace(stored), password, here); err != nil && stored == strings.TrimSpace(stored) {
			t.Errorf("%s: sign-in: %v", email, err)
		}
	}
	for _, email := range []string{"Admin@Example.com", " spaced@example.com", "JOSÉ@example.com"} {
		testdb.User(t, f.pool, testdb.UserRow{CompanyID: company, Email: email})
	}
	reset("admin@example.com", "Admin@Example.com")
	reset("ADMIN@EXAMPLE.COM", "Admin@Example.com")
	reset("spaced@example.com", " spaced@example.com")
	reset("josé@example.com", "JOSÉ@example.com")
	testdb.User(t, f.pool, testdb.UserRow{CompanyID: company, Email: "ADMIN@example.com"})
	reset("Admin@Example.com", "Admin@Example.com")
	if _, _, err := f.ResetPassword(t.Context(), "admin@example.com"); !errors.Is(err, account.ErrAmbiguousEmail) {
		t.Errorf("two accounts: %v", err)
	}
	testdb.User(t, f.pool, testdb.UserRow{CompanyID: company, Email: "admin@example.com"})
	reset("Admin@Example.com", "admin@example.com")
}

func TestResetClearsTheLimitsOfAnAddressWithCapitals(t *testing.T) {
	t.Parallel()
	f := setupUser(t)
	if _, err := f.pool.Exec(t.Context(), "update usuarios set email = upper(email)"); err != nil {
		t.Fatal(err)
	}
	stored := strings.ToUpper(f.user.Email)
	for range 6 {
		_, _ = f.SignIn(t.Context(), stored, wrong, here)
	}
	_, password, err := f.ResetPassword(t.Context(), f.user.Email)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.SignIn(t.Context(), stored, password, here); err != nil {
		t.Error(err)
	}
}

func TestNewAccountMustDifferInMoreThanCase(t *testing.T) {
	t.Parallel()
	f := setup(t, time.Now)
	company := testdb.Company(t, f.pool, testdb.CompanyRow{})
	testdb.User(t, f.pool, testdb.UserRow{CompanyID: company.ID, Email: "Admin@Example.com"})
	_, err := f.CreateUser(t.Context(), company.Name, account.NewUser{Email: "admin@example.com", Role: auth.Admin})
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
	_, err := pool.Exec(t.Context(), `insert into usuarios (id, empresa_id, email, password_hash, rol, activo, created_at, updated_at)
		select gen_random_uuid(), $1, 'user-' || n || '@example.com', '', 'admin', true, now(), now() from generate_series(1, 5000) n`, company)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), "analyze usuarios"); err != nil {
		t.Fatal(err)
	}
	conn, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	email := "user-7@example.com"
	user, err := sqlc.New(conn).UserByEmail(t.Context(), sqlc.UserByEmailParams{LowerCase: email, Typed: "User-7@example.com"})
	if err != nil || user.Email != email {
		t.Fatalf("found %q, %v", user.Email, err)
	}
	var name string
	err = conn.QueryRow(t.Context(), "select name from pg_prepared_statements where statement like '-- name: UserByEmail%'").Scan(&name)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(t.Context(), "explain execute "+name+"('a@example.com', 'A@example.com')")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		_, _ = plan.WriteString(line + "\n")
	}
	if !strings.Contains(plan.String(), "usuarios_email_key") || strings.Contains(plan.String(), "Seq Scan on usuarios") {
		t.Errorf("the plan is\n%s", &plan)
	}
}
