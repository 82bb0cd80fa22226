// Package restore_test follows the steps of docs/operations.md for a backup and its
// restore.
package restore_test

import (
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

const (
	everything = `{ me { email company { integrations { pms { provider keyFingerprint decryptable updatedBy version lastCheck { status checkedAt } } ai { configured } }
		apartmentColumns { externalId name version } lateCheckIn { cutoff } auditLog { nodes { id kind actor changes { field old new } } } } } }`
	setPms = `mutation { setPmsIntegration(input: {provider: SMOOBU, apiKey: "a-key-to-be-kept", apiSecret: "a-secret-to-be-kept", verify: true}) { userErrors { code } } }`
	save   = `mutation { saveApartmentColumns(input: {externalId: 3, name: 4}) { userErrors { code } } }`
	change = `mutation { changePassword(input: {currentPassword: "` + testdb.Password + `", newPassword: "Battery-Staple-2"}) { userErrors { code } } }`
	login  = `mutation($e: EmailAddress!) { login(input: {email: $e, password: "Wrong-Horse-1"}) { userErrors { code } } }`
)

func TestBackupRestoresAllData(t *testing.T) {
	t.Parallel()
	from := testdb.New(t, testdb.Own)
	before := testserver.On(t, from.Pool)
	people := before.People(t)
	admin, operator := before.Token(t, people.Admin), before.Token(t, people.Operator)
	before.MustQuery(t, admin, setPms, nil, nil)
	before.MustQuery(t, admin, save, nil, nil)
	before.MustQuery(t, operator, change, nil, nil)
	before.MustQuery(t, "", login, map[string]any{"e": people.Admin.Email}, nil)
	stored, shown := rows(t, from.Pool), before.Query(t, admin, everything, nil).Body
	for _, part := range []string{people.Admin.Email, "kept_tokens", "attempts", "audit_log", "goose_db_version", "pms_credentials", "connection_checks"} {
		if !strings.Contains(stored, part) {
			t.Fatalf("the compared data lacks %s: %s", part, stored)
		}
	}

	to, file := testdb.New(t, testdb.Empty), filepath.Join(t.TempDir(), "backup.dump")
	run(t, from.Pool, "pg_dump", "--format=custom", "--file="+file, from.URL)
	run(t, from.Pool, "pg_restore", "--exit-on-error", "--single-transaction", "--dbname="+to.URL, file)
	if got := rows(t, to.Pool); got != stored {
		t.Errorf("stored\n%s\nrestored\n%s", stored, got)
	}
	if err := db.Migrate(t.Context(), to.Pool, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	after := testserver.On(t, to.Pool)
	if got := after.Query(t, admin, everything, nil).Body; got != shown {
		t.Errorf("before %s, after %s", shown, got)
	}
	after.MustQuery(t, operator, "{ me { email } }", nil, nil)
	after.MustQuery(t, admin, strings.Replace(save, "3", "5", 1), nil, nil)
	if entries := testdb.Value[int](t, to.Pool, "select count(*) from profile.audit_log"); entries != 6 {
		t.Errorf("%d audit entries", entries)
	}
	if _, err := to.Pool.Exec(t.Context(), "delete from profile.audit_log"); err == nil {
		t.Error("audit entries can be deleted after the restore")
	}

	// A backup needs the Fernet keys of its time.
	newKey, err := keyring.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	for decryptable, oldKeys := range map[bool][]keyring.Key{false: nil, true: {*testserver.Config(t).FernetKey}} {
		rotated := testserver.On(t, to.Pool, func(c *config.Config) { c.FernetKey, c.FernetOldKeys = &newKey, oldKeys })
		if got := rotated.Query(t, admin, everything, nil).Body; !strings.Contains(got, fmt.Sprintf(`"decryptable":%t`, decryptable)) {
			t.Errorf("after a rotation, with %d old keys: %s", len(oldKeys), got)
		}
	}
}

// run runs a PostgreSQL program of the server's version. Without that program, as with
// the PostgreSQL of npm, the test is skipped.
func run(t *testing.T, pool *pgxpool.Pool, program string, args ...string) {
	t.Helper()
	bin := testdb.Value[string](t, pool, "select setting from pg_config where name = 'BINDIR'")
	if _, err := os.Stat(filepath.Join(bin, program)); err != nil {
		t.Skip(err)
	}
	if text, err := exec.CommandContext(t.Context(), filepath.Join(bin, program), args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, text)
	}
}

// rows returns the text of all rows of all tables.
func rows(t *testing.T, pool *pgxpool.Pool) string {
	t.Helper()
	return testdb.Value[string](t, pool, `select string_agg(query_to_xml(format('select %L, t from %I.%I t order by t::text', tablename, schemaname, tablename), true, true, '')::text,
		E'\n' order by schemaname, tablename) from pg_tables where schemaname in ('public', 'profile')`)
}
