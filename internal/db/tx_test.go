package db_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testfault"
)

func TestTransactionCommits(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	err := testdb.WithLongTimeouts(d.Pool).InTx(t.Context(), func(q *sqlc.Queries) error {
		return errors.Join(q.CompanyCreate(t.Context(), newCompany("One")), q.CompanyCreate(t.Context(), newCompany("Two")))
	})
	if err != nil {
		t.Error(err)
	}
	countCompanies(t, d.Pool, "2")
	wantAllReleased(t, d.Pool)
}

func TestFailedTransactionIsRolledBack(t *testing.T) {
	t.Parallel()
	refusal := apperr.NewUserError(apperr.WrongPassword)
	d := testdb.New(t, testdb.Own)
	err := testdb.WithLongTimeouts(d.Pool).InTx(t.Context(), func(q *sqlc.Queries) error {
		if err := q.CompanyCreate(t.Context(), newCompany("One")); err != nil {
			return err
		}
		return refusal
	})
	if err != error(refusal) {
		t.Errorf("got %v, want the same error", err)
	}
	countCompanies(t, d.Pool, "0")
	wantAllReleased(t, d.Pool)
}

func TestPanicRollsBackTheTransaction(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	pool := testdb.Open(t, d.URL)
	func() {
		defer func() {
			if recovered := recover(); recovered != "a bug" {
				t.Errorf("recovered %v", recovered)
			}
		}()
		_ = testdb.WithLongTimeouts(pool).InTx(t.Context(), func(q *sqlc.Queries) error {
			if err := q.CompanyCreate(t.Context(), newCompany("One")); err != nil {
				t.Error(err)
			}
			panic("a bug")
		})
	}()
	countCompanies(t, d.Pool, "0")
	wantConnectionKept(t, pool)
}

func TestDisconnectRollsBackTheTransaction(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	pool := testdb.Open(t, d.URL)
	for name, after := range map[string]func(context.Context, *sqlc.Queries) error{
		"before a write":    func(ctx context.Context, q *sqlc.Queries) error { return q.CompanyCreate(ctx, newCompany("Two")) },
		"before a read":     func(ctx context.Context, q *sqlc.Queries) error { _, err := q.CompanyByID(ctx, uuid.New()); return err },
		"before the commit": func(context.Context, *sqlc.Queries) error { return nil },
		"before the end":    func(ctx context.Context, _ *sqlc.Queries) error { return ctx.Err() },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		err := testdb.WithLongTimeouts(pool).InTx(ctx, func(q *sqlc.Queries) error {
			if err := q.CompanyCreate(ctx, newCompany("One")); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			cancel()
			return after(ctx, q)
		})
		if !errors.Is(err, context.Canceled) || isUnavailable(err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	countCompanies(t, d.Pool, "0")
	wantConnectionKept(t, pool)
}

func TestDisconnectBeforeTheTransactionBeginsKeepsTheConnection(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cfg := testdb.Open(t, testdb.New(t, testdb.Own).URL).Config()
	cfg.PrepareConn = func(context.Context, *pgx.Conn) (bool, error) { cancel(); return true, nil }
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	err = testdb.WithLongTimeouts(pool).InTx(ctx, func(*sqlc.Queries) error { return errors.New("it began") })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	wantConnectionKept(t, pool)
}

func TestFailedStatementFailsTheTransaction(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	pool := testdb.Open(t, d.URL)
	one := newCompany("One")
	for name, after := range map[string]func(*sqlc.Queries) error{
		"returned":               func(*sqlc.Queries) error { return nil },
		"and a write after it":   func(q *sqlc.Queries) error { return q.CompanyCreate(t.Context(), newCompany("Two")) },
		"and a read after it":    func(q *sqlc.Queries) error { _, err := q.CompanyByID(t.Context(), one.ID); return err },
		"and a read of rows too": func(q *sqlc.Queries) error { _, err := q.CompanySettings(t.Context(), []uuid.UUID{one.ID}); return err },
	} {
		err := testdb.WithLongTimeouts(pool).InTx(t.Context(), func(q *sqlc.Queries) error {
			if err := q.CompanyCreate(t.Context(), one); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			failed := q.CompanyCreate(t.Context(), one)
			if !errors.Is(failed, db.ErrDuplicate) {
				t.Errorf("%s: the statement returned %v", name, failed)
			}
			return errors.Join(failed, after(q))
		})
		if !errors.Is(err, db.ErrDuplicate) {
			t.Errorf("%s: got %v", name, err)
		}
		countCompanies(t, d.Pool, "0")
	}
	wantConnectionKept(t, pool)
}

func TestIgnoredErrorOfAStatementFailsTheTransaction(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	company := newCompany("One")
	pool := testdb.Open(t, d.URL)
	for name, after := range map[string]func(q *sqlc.Queries) error{
		"by all statements": func(*sqlc.Queries) error { return nil },
		"by one statement":  func(q *sqlc.Queries) error { return q.CompanyCreate(t.Context(), newCompany("Two")) },
	} {
		err := testdb.WithLongTimeouts(pool).InTx(t.Context(), func(q *sqlc.Queries) error {
			_ = q.CompanyCreate(t.Context(), company)
			_ = q.CompanyCreate(t.Context(), company) // a duplicate, after which PostgreSQL only rolls back
			return after(q)
		})
		if err == nil || isUnavailable(err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	countCompanies(t, d.Pool, "0")
	wantConnectionKept(t, pool)
}

func TestFailedCommitReturnsItsError(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	testdb.Exec(t, d.Pool, `
		create function reject() returns trigger language plpgsql as $$
		begin raise exception 'no' using errcode = new.nombre; end $$;
		create constraint trigger reject after insert on empresas deferrable initially deferred
		for each row execute function reject()`)
	for state, expected := range map[string]func(error) bool{
		"53100": isUnavailable, // disk_full
		"23505": func(err error) bool { return errors.Is(err, db.ErrDuplicate) },
	} {
		err := testdb.WithLongTimeouts(d.Pool).InTx(t.Context(), func(q *sqlc.Queries) error {
			if err := q.CompanyCreate(t.Context(), newCompany(state)); err != nil {
				t.Error("before the commit:", err)
			}
			return nil
		})
		if !expected(err) {
			t.Errorf("%s: got %v", state, err)
		}
	}
	countCompanies(t, d.Pool, "0")
	wantAllReleased(t, d.Pool)
}

func TestTransactionReadsItsOwnWrites(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	company, user := newCompany("One"), uuid.New()
	err := testdb.WithLongTimeouts(d.Pool).InTx(t.Context(), func(q *sqlc.Queries) error {
		err := errors.Join(q.CompanyCreate(t.Context(), company), q.UserCreate(t.Context(), sqlc.UserCreateParams{
			ID: user, CompanyID: company.ID, Email: company.Email, PasswordHash: "old", Role: "admin",
		}))
		errUpdate := q.UserPasswordUpdate(t.Context(), sqlc.UserPasswordUpdateParams{ID: user, PasswordHash: "new", ChangedAt: time.Now()})
		stored, errRead := q.UserByEmail(t.Context(), sqlc.UserByEmailParams{LowerCase: company.Email, Typed: company.Email})
		if stored.PasswordHash != "new" || stored.CompanyName != "One" {
			t.Errorf("read %+v", stored)
		}
		return errors.Join(err, errUpdate, errRead)
	})
	if err != nil {
		t.Error(err)
	}
}

// The trigger fails when a statement timeout applies.
func TestLongTransactionHasNoStatementTimeout(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	testdb.Exec(t, d.Pool, `
		create function check_timeout() returns trigger language plpgsql as $$ begin
			if current_setting('statement_timeout') <> '0' then
				raise 'the timeout is %', current_setting('statement_timeout') using errcode = 'query_canceled';
			end if;
			return new;
		end $$;
		create trigger check_timeout before insert on empresas for each row execute function check_timeout()`)
	short := testdb.WithLongTimeouts(testdb.Open(t, with(d.URL, "statement_timeout=31s")))
	create := func(q *sqlc.Queries) error { return q.CompanyCreate(t.Context(), newCompany("Slow")) }
	if err := short.InTx(t.Context(), create); !isUnavailable(err) || !strings.Contains(errors.Unwrap(err).Error(), "the timeout is 31s") {
		t.Errorf("InTx: %v", err)
	}
	if err := short.InLongTx(t.Context(), create); err != nil {
		t.Errorf("InLongTx: %v", err)
	}
	countCompanies(t, d.Pool, "1")
}

// commitWaits makes the commit of a transaction with an audit entry wait for the lock
// of lockCompanies.
const commitWaits = `
	create function wait() returns trigger language plpgsql as $$ begin perform from empresas; return new; end $$;
	create constraint trigger wait after insert on profile.audit_log deferrable initially deferred
	for each row execute function wait()`

// startWaiting starts a transaction whose last statement, or commit, waits for a
// lock, and returns its result.
func startWaiting(ctx context.Context, t *testing.T, pool, other *pgxpool.Pool, inCommit bool) <-chan error {
	t.Helper()
	if inCommit {
		testdb.Exec(t, other, commitWaits)
	}
	lockCompanies(t, other)
	result := make(chan error, 1)
	go func() {
		result <- testdb.WithLongTimeouts(pool).InTx(ctx, func(q *sqlc.Queries) error {
			err := q.AuditEntryCreate(ctx, sqlc.AuditEntryCreateParams{Kind: "SIGNED_IN", Changes: []byte("[]")})
			if err != nil || inCommit {
				return err
			}
			return q.CompanyCreate(ctx, newCompany("Two"))
		})
	}()
	awaitWaiter(t, other)
	return result
}

func TestDisconnectWhileATransactionWaitsForALockKeepsTheConnection(t *testing.T) {
	t.Parallel()
	canceled := func(err error) bool { return errors.Is(err, context.Canceled) && !isUnavailable(err) }
	for name, c := range map[string]struct {
		inCommit bool
		end      string
		expected func(error) bool
		entries  string
	}{
		"a statement that fails":    {false, failWaiters, isUnavailable, "0"},
		"a statement that succeeds": {false, releaseHolder, canceled, "0"},
		"a commit that fails":       {true, failWaiters, isUnavailable, "0"},
		"a commit that succeeds":    {true, releaseHolder, func(err error) bool { return err == nil }, "1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := testdb.New(t, testdb.Own)
			pool := testdb.Open(t, d.URL)
			ctx, cancel := context.WithCancel(t.Context())
			result := startWaiting(ctx, t, pool, d.Pool, c.inCommit)
			cancel()
			testdb.Exec(t, d.Pool, c.end)
			if err := <-result; !c.expected(err) {
				t.Errorf("got %v", err)
			}
			wantConnectionKept(t, pool)
			if got := testdb.Value[string](t, d.Pool, "select count(*)::text from profile.audit_log"); got != c.entries {
				t.Errorf("%s audit entries, want %s", got, c.entries)
			}
		})
	}
}

func TestConnectionClosedWhileATransactionWaitsIsUnavailable(t *testing.T) {
	t.Parallel()
	for name, inCommit := range map[string]bool{"for a statement": false, "for the commit": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := testdb.New(t, testdb.Own)
			proxy := testfault.NewProxy(t, d.URL)
			pool := testdb.Open(t, proxy.URL)
			result := startWaiting(t.Context(), t, pool, d.Pool, inCommit)
			proxy.Cut()
			if err := <-result; !isUnavailable(err) {
				t.Errorf("got %v", err)
			}
			wantAllReleased(t, pool)
			if err := testdb.WithLongTimeouts(pool).Ping(t.Context()); err != nil {
				t.Errorf("on a new connection: %v", err)
			}
		})
	}
}
