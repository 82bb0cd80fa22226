//go:build unix

package localpg

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestDataIsKeptAcrossRestarts(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	s := mustStart(t, h.options())
	run(t, s, "create table kept (x text); insert into kept values ('still here')")
	mustStop(t, s)
	if _, err := os.Stat(s.socketDir); !os.IsNotExist(err) {
		t.Errorf("the socket folder is left behind: %v", err)
	}

	s = mustStart(t, h.options())
	if got := query(t, s, "select x from kept"); got != "still here" {
		t.Errorf("after a restart: %q", got)
	}
}

func TestANewServerIsUTF8AndUTC(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for setting, want := range map[string]string{
		"server_encoding": "UTF8", "timezone": "UTC", "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
	} {
		if got := query(t, s, "show "+setting); got != want {
			t.Errorf("%s is %q, want %q", setting, got, want)
		}
	}
	if got := query(t, s, "select datcollate from pg_database where datname = 'template0'"); !strings.HasPrefix(got, "C") {
		t.Errorf("collation %q depends on the machine", got)
	}
}

func TestATemporaryServerStopsAtOnceAndLeavesNothing(t *testing.T) {
	t.Parallel()
	s := mustStart(t, Options{Unsynced: true})
	dir := s.place.dir
	if _, err := connect(t, s.URL()).Exec(t.Context(), "begin"); err != nil { // a session that stays
		t.Fatal(err)
	}
	mustStop(t, s) // fails when PostgreSQL waits for the session
	for _, path := range []string{dir, s.socketDir} {
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("%s is left behind: %v", path, err)
		}
	}
	if err := s.Stop(); err != nil {
		t.Errorf("stopping twice: %v", err)
	}
	if err := s.Resume(t.Context()); err == nil {
		t.Error("a stopped server resumed")
	}
}

func TestTheSameDataCannotBeServedTwice(t *testing.T) {
	t.Parallel()
	h := seededHome(t)
	s := mustStart(t, h.options())
	_, err := Start(t.Context(), h.options())
	if !errors.Is(err, ErrInUse) || strings.Contains(err.Error(), "\n") {
		t.Errorf("second start: %v", err)
	}
	if got := query(t, s, "select 'alive'"); got != "alive" {
		t.Error("the first server was hurt")
	}
}

func TestSettingsReachTheServer(t *testing.T) {
	t.Parallel()
	s := shared(t)
	if got := query(t, s, "show max_connections"); got != "37" {
		t.Errorf("max_connections = %s", got)
	}
}

func TestABadSettingIsToldInOneLine(t *testing.T) {
	t.Parallel()
	opts := seededHome(t).options()
	opts.Settings = map[string]string{"max_connections": "many"}
	_, err := Start(t.Context(), opts)
	if err == nil || !strings.Contains(err.Error(), "max_connections") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error: %v", err)
	}
}

func TestAHaltedServerResumesAtTheSameURL(t *testing.T) {
	t.Parallel()
	s := mustStart(t, seededHome(t).options())
	url := s.URL()
	run(t, s, "create table kept ()")
	if err := s.Halt(); err != nil {
		t.Fatal(err)
	}
	if conn, err := pgx.Connect(t.Context(), url); err == nil {
		conn.Close(t.Context())
		t.Fatal("a halted server answers")
	}
	if err := s.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	connect(t, url)
	query(t, s, "select count(*)::text from kept")
	if err := s.Resume(t.Context()); err == nil {
		t.Error("a running server resumed")
	}
}

func TestACrashLosesNothingThatWasCommitted(t *testing.T) {
	t.Parallel()
	h := seededHome(t)
	s := mustStart(t, Options{Dir: h.dir, rootBase: h.base})
	if got := query(t, s, "show fsync"); got != "on" {
		t.Errorf("fsync is %q without being asked for", got)
	}
	run(t, s, "create table kept as select g from generate_series(1, 1000) g")
	if err := s.Crash(); err != nil {
		t.Fatal(err)
	}
	if err := s.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := query(t, s, "select count(*)::text from kept"); got != "1000" {
		t.Errorf("%s rows after the crash", got)
	}
	log, err := os.ReadFile(s.LogFile())
	if err != nil || !strings.Contains(string(log), "not properly shut down") {
		t.Errorf("this was no crash (%v):\n%s", err, log)
	}
}

func TestACancelledStartLeavesNothing(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel) // amid initdb
	if _, err := Start(ctx, h.options()); !errors.Is(err, context.Canceled) {
		t.Fatalf("error: %v", err)
	}
	s := mustStart(t, h.options())
	if got := query(t, s, "select 'works'"); got != "works" {
		t.Error(got)
	}
}

func TestDataOfAnotherVersionIsRefusedClearly(t *testing.T) {
	t.Parallel()
	h := seededHome(t)
	s := mustStart(t, h.options())
	mustStop(t, s)
	if err := os.WriteFile(filepath.Join(s.DataDir(), "PG_VERSION"), []byte("9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), h.options())
	if err == nil || !strings.Contains(err.Error(), "version 9") || !strings.Contains(err.Error(), s.DataDir()) {
		t.Errorf("error: %v", err)
	}
}
