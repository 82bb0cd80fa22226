package db_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
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

func TestURLDoesNotRaiseTheConnectTimeout(t *testing.T) {
	t.Parallel()
	const url = "postgres://127.0.0.1/none?sslmode=disable&connect_timeout=10"
	if got := open(t, url).Config().ConnConfig.ConnectTimeout; got != 1500*time.Millisecond {
		t.Errorf("the connect timeout is %v", got)
	}
}

func TestURLOverridesTheSettingsOfTheSession(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	for name, byDefault := range map[string]string{
		"statement_timeout": "5s", "lock_timeout": "3s", "idle_in_transaction_session_timeout": "10s", "plan_cache_mode": "force_generic_plan",
		"application_name": "profile-server",
	} {
		other := map[string]string{"plan_cache_mode": "auto", "application_name": "x"}[name]
		if other == "" {
			other = "7s"
		}
		for parameters, want := range map[string]string{
			"": byDefault, name + "=" + other: other, "options=-c%20" + name + "%3D" + other: other,
			"options=-c%20geqo%3Doff": byDefault,
		} {
			if got := testdb.Value[string](t, open(t, with(d.URL, parameters)), "select current_setting($1)", name); got != want {
				t.Errorf("%q: %s is %q, want %q", parameters, name, got, want)
			}
		}
	}
}

func TestSessionIsIndependentOfTheDefaultsOfTheDatabase(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	testdb.Exec(t, d.Pool, `do $$ begin
		execute format('alter database %I set client_encoding = latin1', current_database());
		execute format('alter database %I set default_transaction_isolation = serializable', current_database());
	end $$`)
	const name, configuration = "Señor 鍵", `{"other": "ñ €"}`
	company := testdb.Company(t, d.Pool, testdb.CompanyRow{Name: name, Configuration: configuration})
	for _, parameters := range []string{"", "client_encoding=latin1&default_transaction_isolation=serializable"} {
		pool := open(t, with(d.URL, parameters))
		if got := testdb.Value[string](t, pool, "select nombre || configuracion from empresas where id = $1", company.ID); got != name+configuration {
			t.Errorf("%q: read %q", parameters, got)
		}
		if got := testdb.Value[string](t, pool, "select current_setting('transaction_isolation')"); got != "read committed" {
			t.Errorf("%q: the isolation level is %s", parameters, got)
		}
	}
}

func TestQueryModesWorkOrAreRejected(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	company := testdb.Company(t, d.Pool, testdb.CompanyRow{})
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec"} {
		pool := open(t, with(d.URL, "default_query_exec_mode="+mode))
		settings, err := testdb.WithLongTimeouts(pool).Queries().CompanySettings(t.Context(), []uuid.UUID{company.ID})
		if err != nil || len(settings) != 1 {
			t.Errorf("%s: %d rows, %v", mode, len(settings), err)
		}
	}
	for _, mode := range []string{"exec", "simple_protocol"} {
		_, err := db.NewPool(t.Context(), with(d.URL, "default_query_exec_mode="+mode))
		if err == nil || !strings.HasPrefix(err.Error(), "default_query_exec_mode must be ") {
			t.Errorf("%s: %v", mode, err)
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
	row, err := testdb.WithLongTimeouts(pool).Queries().UserByEmail(t.Context(), sqlc.UserByEmailParams{LowerCase: user.Email, Typed: user.Email})
	if err != nil {
		t.Fatal(err)
	}
	if got := row.PasswordChangedAt; got.Location() != time.UTC || !got.Equal(changed) {
		t.Errorf("got %v, want %v", got, changed.UTC())
	}
}
