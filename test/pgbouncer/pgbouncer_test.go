// Package pgbouncer runs the service through PgBouncer with the settings that
// docs/settings.md lists for its session and transaction modes.
package pgbouncer

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestMain(m *testing.M) { os.Exit(testprogram.Main(m)) }

const (
	replicas = 2
	// poolSize is the pool of a replica.
	poolSize = 8
	// commandConnections are for the commands that run beside the replicas.
	commandConnections = 3
	companies          = 2
	// someSaves use every connection of the pools more than once.
	someSaves = 100
)

// documented are the settings of docs/settings.md.
type documented struct {
	pgbouncer, url map[string]string // of a mode
	role           string            // statements
}

var (
	// settingRow matches the name of a setting, where it is set, and its values in
	// session and transaction mode.
	settingRow = regexp.MustCompile("(?m)^\\| `(\\w+)` in `(pgbouncer\\.ini|DATABASE_URL)` \\| (.*) \\| (.*) \\|$")
	roleRow    = regexp.MustCompile(`(?m)^alter role .*;$`)
	value      = regexp.MustCompile("^`(\\w+)`$")
)

func readSettings(t *testing.T, mode string) documented {
	t.Helper()
	page, err := os.ReadFile("../../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n### Through PgBouncer\n")
	section, _, _ = strings.Cut(section, "\n## ")
	d := documented{pgbouncer: map[string]string{}, url: map[string]string{}}
	for _, row := range settingRow.FindAllStringSubmatch(section, -1) {
		text, into := row[3], d.pgbouncer
		if mode == "transaction" {
			text = row[4]
		}
		if row[2] == "DATABASE_URL" {
			into = d.url
		}
		if match := value.FindStringSubmatch(text); match != nil {
			into[row[1]] = match[1]
		}
	}
	d.role = strings.ReplaceAll(strings.Join(roleRow.FindAllString(section, -1), "\n"), "profile_server", "profile")
	if len(d.pgbouncer) == 0 || d.role == "" || (len(d.url) > 0) != (mode == "transaction") {
		t.Fatalf("docs/settings.md: %+v", d)
	}
	return d
}

func TestServiceRunsThroughPgBouncer(t *testing.T) {
	t.Parallel()
	testdb.Exec(t, testdb.New(t, testdb.Empty).Pool, readSettings(t, "session").role)
	for _, mode := range []string{"session", "transaction"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			settings := readSettings(t, mode)
			database := testdb.New(t, testdb.Empty)
			pooled := startPgBouncer(t, database.URL, mode, settings)

			testprogram.Run(t, pooled, "migrate")
			var servers [replicas]*testprogram.Server
			for i := range servers {
				servers[i] = testprogram.StartServer(t, pooled)
			}
			testOperations(t, database.Pool, servers)
			testLoad(t, database.Pool, servers)
			testCommands(t, pooled)
			testSessions(t, database.URL, pooled)
		})
	}
}

// testLoad saves, reads, changes passwords and signs in through all servers at the same
// time. A response that the database is unavailable is no failure, because it may come
// from a pause of the machine.
func testLoad(t *testing.T, direct *pgxpool.Pool, servers [replicas]*testprogram.Server) {
	load := testload.New(t, direct, companies)
	var next atomic.Int64
	stop := load.Start(t, func() string { return servers[next.Add(1)%replicas].URL })
	load.AwaitSaves(t, someSaves)
	testtime.Eventually(t, "passwords are changed", func() bool {
		return testdb.Value[int](t, direct, "select count(*) from profile.audit_log where kind = 'SIGNED_IN'") >= replicas // each follows a change
	})
	stop()
	writes, reads := load.Take()
	writes.WantAtMostUnavailable(t, "writes")
	reads.WantAtMostUnavailable(t, "reads")
	load.MustFindAll(t, direct)
}

// operations are valid operations of all fields of Query and Mutation except those that
// need a password, which testLoad uses. They run in this order.
var operations = []struct{ field, document string }{
	{"setPmsIntegration", `mutation { setPmsIntegration(input: {provider: SMOOBU, apiKey: "a-key"}) { userErrors { code } } }`},
	{"setAiIntegration", `mutation { setAiIntegration(input: {provider: CLAUDE, apiKey: "a-key"}) { userErrors { code } } }`},
	{"saveApartmentColumns", `mutation { saveApartmentColumns(input: {externalId: 3, name: 4}) { userErrors { code } } }`},
	{"saveLateCheckInConfig", `mutation { saveLateCheckInConfig(input: {cutoff: "21:30"}) { userErrors { code } } }`},
	{"testPmsIntegration", `mutation { testPmsIntegration { userErrors { code } } }`},
	{"testAiIntegration", `mutation { testAiIntegration { userErrors { code } } }`},
	{"me", `{ me {` + testserver.AllFields("User") + `} }`},
	{"removePmsIntegration", `mutation { removePmsIntegration { userErrors { code } } }`},
	{"removeAiIntegration", `mutation { removeAiIntegration { userErrors { code } } }`},
}

// testOperations runs all operations on every server.
func testOperations(t *testing.T, direct *pgxpool.Pool, servers [replicas]*testprogram.Server) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: testserver.SDL(t)})
	tested := map[string]bool{"login": true, "changePassword": true, "__schema": true, "__type": true}
	for i, server := range servers {
		user := testdb.User(t, direct, testdb.UserRow{CompanyID: testdb.Company(t, direct, testdb.CompanyRow{}).ID})
		token := testserver.TokenAt(t, user, time.Now())
		for _, operation := range operations {
			tested[operation.field] = true
			testtime.Eventually(t, "the database is available", func() bool { // as above
				body := testserver.Send(t, token, http.MethodPost, server.URL+"/graphql", testserver.JSON(t, map[string]any{"query": operation.document})).Body
				if strings.Contains(body, `"UNAVAILABLE"`) {
					return false
				}
				if !strings.HasPrefix(body, `{"data":{"`) || strings.Contains(body, `"code":"`) {
					t.Errorf("server %d: %s: %s", i+1, operation.field, body)
				}
				return true
			})
		}
	}
	for _, field := range append(schema.Query.Fields, schema.Mutation.Fields...) {
		if !tested[field.Name] {
			t.Errorf("no operation with %s", field.Name)
		}
	}
}

// testCommands runs the commands that use the database.
func testCommands(t *testing.T, pooled string) {
	for _, args := range [][]string{
		{"migrate"},
		{"create-company", "--name", "Casa Azul", "--admin-email", "admin@casa-azul.example"},
		{"create-user", "--company", "Casa Azul", "--email", "desk@casa-azul.example", "--role", "operator"},
		{"reset-password", "--email", "desk@casa-azul.example"},
		{"rotate-keys"},
		{"prune-audit"},
		{"check"},
	} {
		testprogram.Run(t, pooled, args...)
	}
}

// testSessions checks that a session through PgBouncer has the settings that the server
// gives to a session without it, except application_name, which has no effect.
func testSessions(t *testing.T, direct, pooled string) {
	const settings = "select name || ' is ' || setting from pg_settings "
	want := values(t, direct, settings+"where source = 'client' and name <> 'application_name'")
	if len(want) < 5 {
		t.Fatalf("the server sets only %v", want)
	}
	got := values(t, pooled, settings)
	for _, setting := range want {
		if !slices.Contains(got, setting) {
			t.Errorf("through PgBouncer not %s", setting)
		}
	}
}

func values(t *testing.T, url, query string) []string {
	t.Helper()
	pool, err := db.NewPool(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	return testdb.Values[string](t, pool, query)
}

// configuration returns a pgbouncer.ini whose only database is test.
func configuration(t *testing.T, dir, databaseURL, mode string, settings documented) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	var ini strings.Builder
	fmt.Fprintf(&ini, "[databases]\ntest = host=%s port=%s user=profile dbname=%s\n[pgbouncer]\n", u.Hostname(), u.Port(), strings.Trim(u.Path, "/"))
	set := func(name, value string) { fmt.Fprintf(&ini, "%s = %s\n", name, value) }
	set("pool_mode", mode)
	set("default_pool_size", fmt.Sprint(replicas*poolSize+commandConnections))
	set("auth_type", "any")
	set("unix_socket_dir", dir)
	set("listen_port", "6432")
	for name, value := range settings.pgbouncer {
		set(name, value)
	}
	return ini.String()
}
