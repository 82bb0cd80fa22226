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
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testfault"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// withinTime runs what must fail as unavailable in time.
func withinTime(t *testing.T, what string, do func() error) {
	t.Helper()
	testtime.Within(t, what, soon, func() time.Duration { return untilUnavailable(t, what, do) })
}

// untilUnavailable returns how long it takes what must fail as unavailable.
func untilUnavailable(t *testing.T, what string, do func() error) time.Duration {
	t.Helper()
	var err error
	took := testtime.Elapsed(func() { err = do() })
	if !isUnavailable(err) {
		t.Errorf("%s: got %v", what, err)
	}
	return took
}

func TestAServerThatNeverAnswersIsUnavailableInTime(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	pool := open(t, "postgres://nobody@"+silent.Addr().String()+"/none?sslmode=disable")
	withinTime(t, "connecting", func() error { return db.New(pool, db.DefaultTimeouts).Ping(t.Context()) })
}

// connect leaves an open connection in the pool, however long that takes.
func connect(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	for deadline := time.Now().Add(testtime.MaxWait); ; time.Sleep(10 * time.Millisecond) {
		err := pool.Ping(t.Context())
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func TestAServerThatFallsSilentIsUnavailableInTimeAndUsedAgainAfterwards(t *testing.T) {
	t.Parallel()
	proxy := testfault.NewProxy(t, testdb.New(t, testdb.Own).URL)
	pool := open(t, proxy.URL)
	d := db.New(pool, db.DefaultTimeouts)
	for _, c := range []struct {
		what      string
		connected bool
		do        func() error
	}{
		{"a row on an open connection", true, func() error { _, err := d.Queries().CompanyByID(t.Context(), uuid.New()); return err }},
		{"rows on an open connection", true, func() error { _, err := d.Queries().SharedColumns(t.Context(), db.SharedTableNames()); return err }},
		{"a statement on a new connection", false, func() error { return d.Ping(t.Context()) }},
		{"a transaction on a new connection", false, func() error { return d.InTx(t.Context(), func(*sqlc.Queries) error { return nil }) }},
	} {
		testtime.Within(t, c.what, soon, func() time.Duration {
			connect(t, pool)
			if !c.connected {
				pool.Reset()
			}
			proxy.Freeze()
			defer proxy.Thaw()
			return untilUnavailable(t, c.what, c.do)
		})
	}
	connect(t, pool)
	nothingHeld(t, pool)
}

func TestAServerThatFallsSilentInATransactionIsUnavailableInTime(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	proxy := testfault.NewProxy(t, database.URL)
	pool := testdb.Open(t, proxy.URL)
	for _, moment := range []string{"statement", "commit"} {
		testtime.Within(t, moment, soonForChanges, func() time.Duration {
			var start time.Time
			err := db.New(pool, db.DefaultTimeouts).InTx(t.Context(), func(q *sqlc.Queries) error {
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
			took := time.Since(start)
			if !isUnavailable(err) {
				t.Errorf("%s: %v", moment, err)
			}
			if start.IsZero() { // not even the transaction began
				return 2 * soonForChanges
			}
			proxy.Cut()
			proxy.Thaw()
			nothingHeld(t, pool)
			return took
		})
	}
	countCompanies(t, database.Pool, "0")
}

func TestAConnectionCutInATransactionLeavesNothing(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	proxy := testfault.NewProxy(t, database.URL)
	pool := testdb.Open(t, proxy.URL)
	for _, moment := range []string{"statement", "commit"} {
		withinTime(t, moment, func() error {
			return db.New(pool, db.DefaultTimeouts).InTx(t.Context(), func(q *sqlc.Queries) error {
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
	err := testdb.WithLongTimeouts(pool).InTx(t.Context(), func(q *sqlc.Queries) error {
		return q.CompanyCreate(t.Context(), newCompany("Three"))
	})
	if err != nil {
		t.Errorf("on a new connection: %v", err)
	}
}

func TestABusyPoolIsUnavailableInTime(t *testing.T) {
	t.Parallel()
	pool := testdb.Open(t, with(testdb.New(t, testdb.Own).URL, "pool_max_conns=2"))
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
	withinTime(t, "a statement", func() error { return db.New(pool, db.DefaultTimeouts).Ping(t.Context()) })
	brief := db.New(pool, db.Timeouts{Query: time.Minute, Brief: time.Millisecond}).BriefQueries()
	withinTime(t, "a brief statement", func() error { _, err := brief.CompanyByID(t.Context(), uuid.New()); return err })
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

func TestASessionHasTheServersTimeoutsUnlessTheURLHasOthers(t *testing.T) {
	t.Parallel()
	const url = "postgres://127.0.0.1/none?sslmode=disable&connect_timeout=10"
	if got := open(t, url).Config().ConnConfig.ConnectTimeout; got != 1500*time.Millisecond {
		t.Errorf("connecting may take %v, whatever the URL says", got)
	}
	for name, usual := range map[string]string{
		"statement_timeout": "5s", "lock_timeout": "3s", "idle_in_transaction_session_timeout": "10s",
	} {
		for url, want := range map[string]string{url: usual, with(url, name+"=7s"): "7s"} {
			if got := open(t, url).Config().ConnConfig.RuntimeParams[name]; got != want {
				t.Errorf("%s: %s is %q, want %q", url, name, got, want)
			}
		}
	}
}
