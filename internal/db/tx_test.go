package db_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func canceled(err error) bool { return errors.Is(err, context.Canceled) && !isUnavailable(err) }

func duplicate(err error) bool { return errors.Is(err, db.ErrDuplicate) }

func TestTransactionIsCommittedOnlyWithoutAnError(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	pool := testdb.Open(t, d.URL)
	one, refusal := newCompany("One"), apperr.NewUserError(apperr.WrongPassword)
	disconnected := func(after func(context.Context, *sqlc.Queries) error) func(context.Context, func(), *sqlc.Queries) error {
		return func(ctx context.Context, disconnect func(), q *sqlc.Queries) error {
			disconnect()
			return after(ctx, q)
		}
	}
	for name, c := range map[string]struct {
		do       func(ctx context.Context, disconnect func(), q *sqlc.Queries) error // after the company is created
		expected func(error) bool
	}{
		"an error": {
			func(context.Context, func(), *sqlc.Queries) error { return refusal },
			func(err error) bool { return err == error(refusal) },
		},
		"a panic": {
			func(context.Context, func(), *sqlc.Queries) error { panic(refusal) },
			func(err error) bool { return err == error(refusal) },
		},
		"a failed statement and a read after it": {
			func(ctx context.Context, _ func(), q *sqlc.Queries) error {
				failed := q.CompanyCreate(ctx, one)
				_, err := q.CompanyByID(ctx, one.ID)
				return errors.Join(failed, err)
			},
			duplicate,
		},
		"an ignored failed statement": { // after which PostgreSQL only rolls back
			func(ctx context.Context, _ func(), q *sqlc.Queries) error { _ = q.CompanyCreate(ctx, one); return nil },
			func(err error) bool { return err != nil && !isUnavailable(err) },
		},
		"a disconnect before a write": {disconnected(func(ctx context.Context, q *sqlc.Queries) error {
			return q.CompanyCreate(ctx, newCompany("Two"))
		}), canceled},
		"a disconnect before a read": {disconnected(func(ctx context.Context, q *sqlc.Queries) error {
			_, err := q.CompanyByID(ctx, one.ID)
			return err
		}), canceled},
		"a disconnect before the commit": {disconnected(func(context.Context, *sqlc.Queries) error { return nil }), canceled},
	} {
		err := func() (err error) {
			defer func() {
				if panicked := recover(); panicked != nil {
					err = panicked.(error)
				}
			}()
			ctx, cancel := context.WithCancel(t.Context())
			return testdb.WithLongTimeouts(pool).InTx(ctx, func(q *sqlc.Queries) error {
				if err := q.CompanyCreate(ctx, one); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				return c.do(ctx, cancel, q)
			})
		}()
		if !c.expected(err) {
			t.Errorf("%s: got %v", name, err)
		}
		wantCompanies(t, d.Pool, 0)
	}
	err := testdb.WithLongTimeouts(pool).InTx(t.Context(), func(q *sqlc.Queries) error {
		return errors.Join(q.CompanyCreate(t.Context(), one), q.CompanyCreate(t.Context(), newCompany("Two")))
	})
	if err != nil {
		t.Error(err)
	}
	wantCompanies(t, d.Pool, 2)
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

func TestFailedCommitReturnsItsError(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	rejectCompanies(t, d.Pool, "constraint trigger reject after insert on empresas deferrable initially deferred")
	for state, expected := range map[string]func(error) bool{
		"53100": isUnavailable, // disk_full
		"23505": duplicate,     // unique_violation
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
	wantCompanies(t, d.Pool, 0)
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
	wantCompanies(t, d.Pool, 1)
}

// commitWaits makes the commit of a transaction with an audit entry wait for the lock
// of startWaiting.
const commitWaits = `
	create function wait() returns trigger language plpgsql as $$ begin perform from empresas; return new; end $$;
	create constraint trigger wait after insert on profile.audit_log deferrable initially deferred
	for each row execute function wait()`

func TestDisconnectWhileATransactionWaitsForALockKeepsTheConnection(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		inCommit bool
		end      string
		expected func(error) bool
		entries  int
	}{
		"a statement that fails":    {false, failWaiters, isUnavailable, 0},
		"a statement that succeeds": {false, releaseHolder, canceled, 0},
		"a commit that fails":       {true, failWaiters, isUnavailable, 0},
		"a commit that succeeds":    {true, releaseHolder, func(err error) bool { return err == nil }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := testdb.New(t, testdb.Own)
			if c.inCommit {
				testdb.Exec(t, d.Pool, commitWaits)
			}
			pool := testdb.Open(t, d.URL)
			ctx, cancel := context.WithCancel(t.Context())
			result := startWaiting(t, d.Pool, func() error {
				return testdb.WithLongTimeouts(pool).InTx(ctx, func(q *sqlc.Queries) error {
					err := q.AuditEntryCreate(ctx, sqlc.AuditEntryCreateParams{Kind: "SIGNED_IN", Changes: []byte("[]")})
					if err != nil || c.inCommit {
						return err
					}
					return q.CompanyCreate(ctx, newCompany("Two"))
				})
			})
			cancel()
			testdb.Exec(t, d.Pool, c.end)
			if err := <-result; !c.expected(err) {
				t.Errorf("got %v", err)
			}
			wantConnectionKept(t, pool)
			if got := testdb.Value[int](t, d.Pool, "select count(*) from profile.audit_log"); got != c.entries {
				t.Errorf("%d audit entries, want %d", got, c.entries)
			}
		})
	}
}
