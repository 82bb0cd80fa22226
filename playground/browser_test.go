package playground_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/playground"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// The tests themselves are in test/browser.test.js. They run in a real browser
// against the whole server with a real database.
func TestPlaygroundInBrowser(t *testing.T) {
	project := testprogram.Node(t, ".")
	chromium := ""
	for _, program := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(program); err == nil {
			chromium = path
		}
	}
	_, err := os.Stat("dist/index.html.gz")
	if missing := "needs Chromium, and the built page: scripts/build-playground"; chromium == "" || err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	url, accounts := serve(t)
	// A file that the test reads becomes part of the key of go test's cache.
	if _, err := os.ReadFile("test/browser.test.js"); err != nil {
		t.Fatal(err)
	}
	project.Run(t, []string{"PLAYGROUND_URL=" + url, "PLAYGROUND_ACCOUNTS=" + accounts, "CHROMIUM=" + chromium}, "node", "--test", "test/browser.test.js")
}

// serve starts the service with one company and returns its URL and the demo
// accounts as JSON.
func serve(t *testing.T) (url, accounts string) {
	t.Helper()
	s := testserver.New(t, testdb.Own)
	company := testdb.Company(t, s.Pool, testdb.CompanyRow{Name: "Casa Azul"})
	demo := []playground.Account{
		{Label: "Administrator of Casa Azul", Email: "admin@casa-azul.example"},
		{Label: "Operator of Casa Azul", Email: "operator@casa-azul.example"},
		{Label: "Another administrator", Email: "other@casa-azul.example"},
	}
	for i, role := range []string{"admin", "operativo", "admin"} {
		demo[i].Password = testdb.Password
		testdb.User(t, s.Pool, testdb.UserRow{CompanyID: company.ID, Email: demo[i].Email, Role: role,
			PasswordChangedAt: time.Now().Add(-time.Hour)})
	}
	handler, err := s.App.Handler(testserver.SDL(t), demo)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL, testserver.JSON(t, demo)
}
