package db_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/internal/problem"
	"github.com/stay-sidekick/profile-server/internal/testdb"
)

func TestATransactionCommitsWhatItDid(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	err := testdb.Patient(d.Pool).InTx(t.Context(), func(q *sqlc.Queries) error {
		return errors.Join(q.CompanyCreate(t.Context(), newCompany("One")), q.CompanyCreate(t.Context(), newCompany("Two")))
	})
	if err != nil {
		t.Error(err)
	}
	countCompanies(t, d.Pool, "2")
	nothingHeld(t, d.Pool)
}

func TestATransactionThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	refusal := problem.NewUserError(problem.WrongPassword, "no")
	d := testdb.New(t, testdb.Own)
	err := testdb.Patient(d.Pool).InTx(t.Context(), func(q *sqlc.Queries) error {
		if err := q.CompanyCreate(t.Context(), newCompany("One")); err != nil {
			return err
		}
		return refusal
	})
	if err != error(refusal) {
		t.Errorf("got %v, want the error as it was", err)
	}
	countCompanies(t, d.Pool, "0")
	nothingHeld(t, d.Pool)
}

func TestATransactionThatPanicsLeavesNothing(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	func() {
		defer func() {
			if recovered := recover(); recovered != "oh" {
				t.Errorf("recovered %v", recovered)
			}
		}()
		_ = testdb.Patient(d.Pool).InTx(t.Context(), func(q *sqlc.Queries) error {
			if err := q.CompanyCreate(t.Context(), newCompany("One")); err != nil {
				t.Error(err)
			}
			panic("oh")
		})
	}()
	nothingHeld(t, d.Pool)
	countCompanies(t, d.Pool, "0")
}

func TestATransactionOfAClientThatGoesAwayLeavesNothing(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	ctx, cancel := context.WithCancel(t.Context())
	err := testdb.Patient(d.Pool).InTx(ctx, func(q *sqlc.Queries) error {
		if err := q.CompanyCreate(ctx, newCompany("One")); err != nil {
			t.Error(err)
		}
		cancel()
		return q.CompanyCreate(ctx, newCompany("Two"))
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	countCompanies(t, d.Pool, "0")
	nothingHeld(t, d.Pool)
}

func TestAClientThatGoesAwayBetweenStatementsCostsNoConnection(t *testing.T) {
	t.Parallel()
	pool := testdb.Open(t, testdb.New(t, testdb.Own).URL)
	ctx, cancel := context.WithCancel(t.Context())
	err := testdb.Patient(pool).InTx(ctx, func(q *sqlc.Queries) error {
		cancel()
		return ctx.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	nothingHeld(t, pool)
	if kept := pool.Stat().IdleConns(); kept != 1 {
		t.Errorf("%d connections were kept", kept)
	}
}

func TestAnErrorThatIsOverlookedInATransactionIsNoSuccess(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	company := newCompany("One")
	err := testdb.Patient(d.Pool).InTx(t.Context(), func(q *sqlc.Queries) error {
		_ = q.CompanyCreate(t.Context(), company)
		_ = q.CompanyCreate(t.Context(), company) // a duplicate, after which PostgreSQL only rolls back
		return nil
	})
	if err == nil || isUnavailable(err) {
		t.Errorf("got %v", err)
	}
	countCompanies(t, d.Pool, "0")
	nothingHeld(t, d.Pool)
}

func TestACommitThatFailsIsReported(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	exec(t, d.Pool, `
		create function refuse() returns trigger language plpgsql as $$
		begin raise exception 'no' using errcode = new.nombre; end $$;
		create constraint trigger refuse after insert on empresas deferrable initially deferred
		for each row execute function refuse()`)
	for state, expected := range map[string]func(error) bool{
		"53100": isUnavailable, // disk_full
		"23505": func(err error) bool { return errors.Is(err, db.ErrDuplicate) },
	} {
		err := testdb.Patient(d.Pool).InTx(t.Context(), func(q *sqlc.Queries) error {
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
	nothingHeld(t, d.Pool)
}
