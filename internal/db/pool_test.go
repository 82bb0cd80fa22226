package db_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestExhaustedPoolIsUnavailableWithinTheTimeout(t *testing.T) {
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

func TestPoolSizeComesFromTheURL(t *testing.T) {
	t.Parallel()
	base := (&url.URL{Scheme: "postgres", Host: "127.0.0.1", Path: "/none"}).String() + "?sslmode=disable"
	for parameter, most := range map[string]int32{
		"application_name=x": 8,
		"pool_max_conns=40":  40,
		"pool_max_conns=3":   3,
		"pool_max_conns=1":   2, // the minimum for migrations
	} {
		if got := open(t, with(base, parameter)).Config().MaxConns; got != most {
			t.Errorf("%s: %d connections, want %d", parameter, got, most)
		}
	}
}

func TestURLOverridesTheTimeoutsOfTheSession(t *testing.T) {
	t.Parallel()
	const url = "postgres://127.0.0.1/none?sslmode=disable&connect_timeout=10"
	if got := open(t, url).Config().ConnConfig.ConnectTimeout; got != 1500*time.Millisecond {
		t.Errorf("the connect timeout is %v", got)
	}
	for name, byDefault := range map[string]string{
		"statement_timeout": "5s", "lock_timeout": "3s", "idle_in_transaction_session_timeout": "10s",
	} {
		for url, want := range map[string]string{url: byDefault, with(url, name+"=7s"): "7s"} {
			if got := open(t, url).Config().ConnConfig.RuntimeParams[name]; got != want {
				t.Errorf("%s: %s is %q, want %q", url, name, got, want)
			}
		}
	}
}

func TestTimesAreReadInUTC(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	pool := testdb.Open(t, with(d.URL, "timezone=America/New_York"))
	company := testdb.Company(t, d.Pool, testdb.CompanyRow{})
	changed := time.Date(2025, 6, 1, 9, 0, 0, 123456000, time.FixedZone("", 3*60*60))
	user := testdb.User(t, d.Pool, testdb.UserRow{CompanyID: company.ID, PasswordChangedAt: changed})
	row, err := testdb.WithLongTimeouts(pool).Queries().UserByEmail(t.Context(), user.Email)
	if err != nil {
		t.Fatal(err)
	}
	if got := row.PasswordChangedAt; got.Location() != time.UTC || !got.Equal(changed) {
		t.Errorf("got %v, want %v", got, changed.UTC())
	}
}
