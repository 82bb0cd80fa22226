package db_test

import (
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

func TestURLLimitsThePoolAndTheConnectTimeout(t *testing.T) {
	t.Parallel()
	for parameter, want := range map[string]struct {
		connections int32
		connect     time.Duration
	}{
		"application_name=x": {8, 1500 * time.Millisecond},
		"pool_max_conns=40":  {40, 1500 * time.Millisecond},
		"pool_max_conns=3":   {3, 1500 * time.Millisecond},
		"pool_max_conns=1":   {2, 1500 * time.Millisecond}, // the minimum for migrations
		"connect_timeout=10": {8, 1500 * time.Millisecond},
		"connect_timeout=1":  {8, time.Second},
	} {
		config := open(t, with("postgres://127.0.0.1/none?sslmode=disable", parameter)).Config()
		if config.MaxConns != want.connections || config.ConnConfig.ConnectTimeout != want.connect {
			t.Errorf("%s: %d connections, connect timeout %v, want %v", parameter, config.MaxConns, config.ConnConfig.ConnectTimeout, want)
		}
	}
}

func TestURLOverridesTheSettingsOfTheSession(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	for _, c := range []struct{ name, byDefault, other string }{
		{"statement_timeout", "5s", "7s"},
		{"lock_timeout", "3s", "7s"},
		{"idle_in_transaction_session_timeout", "10s", "7s"},
		{"plan_cache_mode", "force_generic_plan", "auto"},
		{"application_name", "profile-server", "x"},
	} {
		for parameters, want := range map[string]string{
			"": c.byDefault, "options=-c%20geqo%3Doff": c.byDefault,
			c.name + "=" + c.other: c.other, "options=-c%20" + c.name + "%3D" + c.other: c.other,
		} {
			if got := testdb.Value[string](t, open(t, with(d.URL, parameters)), "select current_setting($1)", c.name); got != want {
				t.Errorf("%q: %s is %q, want %q", parameters, c.name, got, want)
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
