package db_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/internal/testdb"
)

// trips counts how often something is sent after an answer: round trips.
type trips struct {
	net.Conn
	count    *atomic.Int32
	answered *atomic.Bool
}

func (c trips) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.answered.Store(true)
	return n, err
}

func (c trips) Write(b []byte) (int, error) {
	if c.answered.Swap(false) {
		c.count.Add(1)
	}
	return c.Conn.Write(b)
}

// openCounted opens a pool that counts its round trips.
func openCounted(t *testing.T, url string) (*pgxpool.Pool, *atomic.Int32) {
	t.Helper()
	cfg := testdb.Open(t, url).Config()
	// A connection that was idle for a second is asked first, which is a round trip more.
	cfg.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false }
	var count atomic.Int32
	cfg.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return trips{conn, &count, new(atomic.Bool)}, err
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool, &count
}

func TestTheWritesOfATransactionTravelTogether(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	pool, count := openCounted(t, d.URL)
	company := testdb.Company(t, d.Pool, testdb.CompanyRow{}).ID
	for name, c := range map[string]struct {
		trips int32
		do    func(q *sqlc.Queries) error
	}{
		"nothing": {1, func(*sqlc.Queries) error { return nil }},
		"writes": {1, func(q *sqlc.Queries) error {
			return errors.Join(q.CompanyCreate(t.Context(), newCompany("One")), q.CompanyCreate(t.Context(), newCompany("Two")))
		}},
		"a save": {2, func(q *sqlc.Queries) error {
			_, err := q.CompanyConfigurationForUpdate(t.Context(), sqlc.CompanyConfigurationForUpdateParams{ID: company, Key: "k"})
			return errors.Join(err,
				q.CompanyConfigurationSet(t.Context(), sqlc.CompanyConfigurationSetParams{ID: company, Key: "k", Value: []byte("1")}),
				q.AuditEntryCreate(t.Context(), sqlc.AuditEntryCreateParams{Kind: "SIGNED_IN", Changes: []byte("[]")}))
		}},
		"many rows between writes": {2, func(q *sqlc.Queries) error {
			err := q.CompanyCreate(t.Context(), newCompany("Three"))
			_, errRead := q.CompanySettings(t.Context(), []uuid.UUID{company})
			return errors.Join(err, errRead, q.CompanyCreate(t.Context(), newCompany("Four")))
		}},
		"a write whose rows count": {2, func(q *sqlc.Queries) error {
			rows, err := q.AttemptsPrune(t.Context(), sqlc.AttemptsPruneParams{FreeBefore: time.Now()})
			if rows != 0 {
				t.Errorf("%d rows of none", rows)
			}
			return errors.Join(err, q.CompanyCreate(t.Context(), newCompany("Five")))
		}},
	} {
		for range 2 { // in the first, statements are prepared
			count.Store(0)
			if err := testdb.Patient(pool).InTx(t.Context(), c.do); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got := count.Load(); got != c.trips {
			t.Errorf("%s: %d round trips, want %d", name, got, c.trips)
		}
	}
}

func TestATransactionSeesWhatItWrote(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	company, user := newCompany("One"), uuid.New()
	err := testdb.Patient(d.Pool).InTx(t.Context(), func(q *sqlc.Queries) error {
		err := errors.Join(q.CompanyCreate(t.Context(), company), q.UserCreate(t.Context(), sqlc.UserCreateParams{
			ID: user, CompanyID: company.ID, Email: company.Email, PasswordHash: "old", Role: "admin",
		}))
		errUpdate := q.UserPasswordUpdate(t.Context(), sqlc.UserPasswordUpdateParams{ID: user, PasswordHash: "new", ChangedAt: time.Now()})
		stored, errRead := q.UserByEmail(t.Context(), company.Email)
		if stored.PasswordHash != "new" || stored.CompanyName != "One" {
			t.Errorf("read %+v", stored)
		}
		return errors.Join(err, errUpdate, errRead)
	})
	if err != nil {
		t.Error(err)
	}
}

// The trigger takes a statement for one that may take too long by its setting.
func TestAPatientTransactionIsNotBoundByTheStatementTimeout(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	exec(t, d.Pool, `
		create function patiently() returns trigger language plpgsql as $$ begin
			if current_setting('statement_timeout') <> '0' then
				raise 'only % are left', current_setting('statement_timeout') using errcode = 'query_canceled';
			end if;
			return new;
		end $$;
		create trigger patiently before insert on empresas for each row execute function patiently()`)
	short := testdb.Patient(testdb.Open(t, with(d.URL, "statement_timeout=31s")))
	create := func(q *sqlc.Queries) error { return q.CompanyCreate(t.Context(), newCompany("Slow")) }
	if err := short.InTx(t.Context(), create); !isUnavailable(err) || !strings.Contains(errors.Unwrap(err).Error(), "only 31s are left") {
		t.Errorf("impatiently: %v", err)
	}
	if err := short.InLongTx(t.Context(), create); err != nil {
		t.Errorf("patiently: %v", err)
	}
	countCompanies(t, d.Pool, "1")
}
