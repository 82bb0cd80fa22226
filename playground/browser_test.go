package playground_test

import (
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/playground"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

const testKey = "playground-test-key-not-for-production"

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// The tests themselves are in test/browser.test.js. They run in a real browser
// against the whole server with a real database.
func TestPlaygroundInBrowser(t *testing.T) {
	testtime.Slow(t)
	node := need(t, "Node.js", "node")
	chromium := need(t, "Chromium", "chromium", "chromium-browser", "google-chrome")
	needFile(t, "dist/index.html.gz", "the built page: scripts/build-playground")
	needFile(t, "node_modules/playwright-core", "npm packages: scripts/npm-install playground")

	url, accounts := serve(t)
	// A file that the test reads becomes part of the key of go test's cache.
	needFile(t, "test/browser.test.js", "the browser tests")
	run := exec.CommandContext(t.Context(), node, "--test", "test/browser.test.js")
	run.Env = append(os.Environ(), "PLAYGROUND_URL="+url, "PLAYGROUND_ACCOUNTS="+accounts, "CHROMIUM="+chromium)
	output, err := run.CombinedOutput()
	t.Logf("%s", output)
	if err != nil {
		t.Fatal(err)
	}
}

// serve starts the service with one company and returns its URL and the demo
// accounts as JSON.
func serve(t *testing.T) (url, accounts string) {
	t.Helper()
	database := testdb.New(t, testdb.Own)
	company := testdb.Company(t, database.Pool, testdb.CompanyRow{Name: "Casa Azul"})
	demo := []playground.Account{
		{Label: "Administrator of Casa Azul", Email: "admin@casa-azul.example"},
		{Label: "Operator of Casa Azul", Email: "operator@casa-azul.example"},
		{Label: "Another administrator", Email: "other@casa-azul.example"},
	}
	for i, role := range []string{"admin", "operativo", "admin"} {
		demo[i].Password = testdb.Password
		testdb.User(t, database.Pool, testdb.UserRow{CompanyID: company.ID, Email: demo[i].Email, Role: role,
			PasswordChangedAt: time.Now().Add(-time.Hour)})
	}

	key, err := keyring.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	cfg := &config.Config{DatabaseURL: database.URL, JWTKey: []byte(testKey), TokenLife: time.Hour, FernetKey: &key,
		Playground: true, Introspection: true}
	service, err := app.New(cfg, database.Pool, app.Options{Log: slog.New(slog.DiscardHandler), HashCost: bcrypt.MinCost, Timeouts: testdb.LongTimeouts})
	if err != nil {
		t.Fatal(err)
	}
	sdl, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	handler, err := service.Handler(string(sdl), demo)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)

	text, err := json.Marshal(demo)
	if err != nil {
		t.Fatal(err)
	}
	return server.URL, string(text)
}

// need returns the path of the first installed program, and skips the test when
// none is.
func need(t *testing.T, what string, programs ...string) string {
	t.Helper()
	for _, program := range programs {
		if path, err := exec.LookPath(program); err == nil {
			return path
		}
	}
	skip(t, what)
	return ""
}

func needFile(t *testing.T, path, what string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		skip(t, what)
	}
}

// skip skips the test. It fails in continuous integration, which has all programs.
func skip(t *testing.T, missing string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("missing: %s", missing)
	}
	t.Skipf("missing: %s", missing)
}
