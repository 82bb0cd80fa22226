package db_test

import (
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/internal/sharedtables"
	"github.com/stay-sidekick/profile-server/internal/testdb"
	"github.com/stay-sidekick/profile-server/internal/testproxy"
)

// withinTime runs what must fail as unavailable in time.
func withinTime(t *testing.T, what string, do func() error) {
	t.Helper()
	start := time.Now()
	err := do()
	if !isUnavailable(err) {
		t.Errorf("%s: got %v", what, err)
	}
	if took := time.Since(start); took > soon {
		t.Errorf("%s took %v", what, took)
	}
}

func TestAServerThatNeverAnswersIsUnavailableInTime(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	pool := open(t, "postgres://nobody@"+silent.Addr().String()+"/none?sslmode=disable")
	withinTime(t, "connecting", func() error { return db.New(pool).Ping(t.Context()) })
}

// connectTwice leaves two open connections in the pool.
func connectTwice(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	for range 2 {
		conn, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Release()
	}
}

func TestAServerThatFallsSilentIsUnavailableInTimeAndUsedAgainAfterwards(t *testing.T) {
	t.Parallel()
	proxy := testproxy.New(t, testdb.New(t, testdb.Own).URL)
	pool := open(t, proxy.URL)
	d := db.New(pool)
	connectTwice(t, pool)
	proxy.Freeze()
	withinTime(t, "a row on an open connection", func() error {
		_, err := d.Queries().CompanyByID(t.Context(), uuid.New())
		return err
	})
	withinTime(t, "rows on an open connection", func() error {
		_, err := d.Queries().SharedColumns(t.Context(), sharedtables.Names())
		return err
	})
	withinTime(t, "a statement on a new connection", func() error { return d.Ping(t.Context()) })
	withinTime(t, "a transaction", func() error {
		return d.InTx(t.Context(), func(*sqlc.Queries) error { return nil })
	})
	proxy.Thaw()
	if err := d.Ping(t.Context()); err != nil {
		t.Errorf("after it answers again: %v", err)
	}
	nothingHeld(t, pool)
}

func TestAServerThatFallsSilentInATransactionIsUnavailableInTime(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	proxy := testproxy.New(t, database.URL)
	pool := open(t, proxy.URL)
	for _, moment := range []string{"statement", "commit"} {
		var start time.Time
		err := db.New(pool).InTx(t.Context(), func(q *sqlc.Queries) error {
			if err := q.CompanyCreate(t.Context(), newCompany("One")); err != nil {
				t.Error(err)
			}
			proxy.Freeze()
			start = time.Now()
			if moment == "statement" {
				return q.CompanyCreate(t.Context(), newCompany("Two"))
			}
			return nil
		})
		if took := time.Since(start); !isUnavailable(err) || took > soonForChanges {
			t.Errorf("%s: %v after %v", moment, err, took)
		}
		proxy.Cut()
		proxy.Thaw()
		nothingHeld(t, pool)
	}
	countCompanies(t, database.Pool, "0")
}

func TestAConnectionCutInATransactionLeavesNothing(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	proxy := testproxy.New(t, database.URL)
	pool := open(t, proxy.URL)
	for _, moment := range []string{"statement", "commit"} {
		withinTime(t, moment, func() error {
			return db.New(pool).InTx(t.Context(), func(q *sqlc.Queries) error {
				if err := q.CompanyCreate(t.Context(), newCompany("One")); err != nil {
					t.Error(err)
				}
				proxy.Cut()
				if moment == "statement" {
					return q.CompanyCreate(t.Context(), newCompany("Two"))
				}
				return nil
			})
		})
	}
	nothingHeld(t, pool)
	countCompanies(t, database.Pool, "0")
	err := db.New(pool).InTx(t.Context(), func(q *sqlc.Queries) error {
		return q.CompanyCreate(t.Context(), newCompany("Three"))
	})
	if err != nil {
		t.Errorf("on a new connection: %v", err)
	}
}

func TestABusyPoolIsUnavailableInTime(t *testing.T) {
	t.Parallel()
	pool := open(t, with(testdb.New(t, testdb.Own).URL, "pool_max_conns=2"))
	if got := pool.Config().MaxConns; got != 2 {
		t.Fatalf("the pool has %d connections", got)
	}
	for range 2 {
		conn, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Release()
	}
	withinTime(t, "a statement", func() error { return db.New(pool).Ping(t.Context()) })
}

func TestThePoolHasTheSizeThatItsURLSays(t *testing.T) {
	t.Parallel()
	base := (&url.URL{Scheme: "postgres", Host: "127.0.0.1", Path: "/none"}).String() + "?sslmode=disable"
	for parameter, most := range map[string]int32{
		"application_name=x": 8,
		"pool_max_conns=40":  40,
		"pool_max_conns=3":   3,
		"pool_max_conns=1":   2, // fewer cannot migrate
	} {
		if got := open(t, with(base, parameter)).Config().MaxConns; got != most {
			t.Errorf("%s: %d connections, want %d", parameter, got, most)
		}
	}
}
