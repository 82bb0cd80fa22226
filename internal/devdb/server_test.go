package devdb

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestDataIsKeptAcrossRestarts(t *testing.T) {
	t.Parallel()
	opts := Options{Dir: newHome(t)}
	s := mustStart(t, opts)
	if got := query(t, s, "show fsync"); got != "on" {
		t.Errorf("fsync is %q without being asked for", got)
	}
	run(t, s.URL(), "create table kept (x text); insert into kept values ('still here')")
	mustStop(t, s)
	if exists(s.place.socketDir()) {
		t.Error("the socket's directory is left behind")
	}

	s = mustStart(t, opts)
	if got := query(t, s, "select x from kept"); got != "still here" {
		t.Errorf("after a restart: %q", got)
	}
}

func TestANewServerIsUTF8AndUTC(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for setting, want := range map[string]string{"server_encoding": "UTF8", "timezone": "UTC"} {
		if got := query(t, s, "show "+setting); got != want {
			t.Errorf("%s is %q, want %q", setting, got, want)
		}
	}
	if got := query(t, s, "select datcollate from pg_database where datname = 'template0'"); !strings.HasPrefix(got, "C") {
		t.Errorf("collation %q depends on the machine", got)
	}
}

func TestAServerStopsAtOnceBesideAnOpenSession(t *testing.T) {
	t.Parallel()
	s := mustStart(t, Options{Dir: seededHome(t), Settings: unsynced})
	if _, err := connect(t, s.URL()).Exec(t.Context(), "begin"); err != nil { // a session that stays
		t.Fatal(err)
	}
	mustStop(t, s) // fails when PostgreSQL waits for the session
	if err := s.Stop(); err != nil {
		t.Errorf("stopping twice: %v", err)
	}
}

func TestTheSameDataCannotBeServedTwice(t *testing.T) {
	t.Parallel()
	opts := Options{Dir: seededHome(t), Settings: unsynced}
	s := mustStart(t, opts)
	_, err := StartServer(t.Context(), opts)
	if !errors.Is(err, ErrInUse) || strings.Contains(err.Error(), "\n") {
		t.Errorf("second start: %v", err)
	}
	if err := deleteServer(opts.Dir); !errors.Is(err, ErrInUse) {
		t.Errorf("delete: %v", err)
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
	quoted := query(t, s, "select reset_val from pg_settings where name = 'search_path'")
	if want := `"a'b $c", public`; quoted != want {
		t.Errorf("search_path = %s, want %s", quoted, want)
	}
}

func TestABadSettingIsReportedInOneLine(t *testing.T) {
	t.Parallel()
	_, err := StartServer(t.Context(), Options{Dir: seededHome(t), Settings: map[string]string{"max_connections": "many"}})
	if err == nil || !strings.Contains(err.Error(), "max_connections") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error: %v", err)
	}
}

func TestACancelledStartLeavesNothing(t *testing.T) {
	t.Parallel()
	opts := Options{Dir: newHome(t), Settings: unsynced}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel) // amid initdb
	if _, err := StartServer(ctx, opts); !errors.Is(err, context.Canceled) {
		t.Fatalf("error: %v", err)
	}
	s := mustStart(t, opts)
	if got := query(t, s, "select 'works'"); got != "works" {
		t.Error(got)
	}
}

func TestDataOfAnotherVersionIsRefusedClearly(t *testing.T) {
	t.Parallel()
	opts := Options{Dir: seededHome(t)}
	s := mustStart(t, opts)
	mustStop(t, s)
	if err := os.WriteFile(filepath.Join(s.DataDir(), "PG_VERSION"), []byte("9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := StartServer(t.Context(), opts)
	if err == nil || !strings.Contains(err.Error(), "version 9") || !strings.Contains(err.Error(), s.DataDir()) {
		t.Errorf("error: %v", err)
	}
}

func TestTheLogOfTheLastRunIsKept(t *testing.T) {
	t.Parallel()
	opts := Options{Dir: seededHome(t), Settings: unsynced}
	for range 2 {
		mustStop(t, mustStart(t, opts))
	}
	s := mustStart(t, opts)
	for _, name := range []string{logName, logName + ".1"} {
		text, err := os.ReadFile(filepath.Join(s.place.dir, name))
		if err != nil || strings.Count(string(text), "starting PostgreSQL") != 1 {
			t.Errorf("%s (%v):\n%s", name, err, text)
		}
	}
}
