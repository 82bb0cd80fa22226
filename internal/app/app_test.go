package app_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/internal/connection"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testprovider"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

func TestStopWaitsUntilATokenIsDeleted(t *testing.T) {
	t.Parallel()
	providers := testprovider.New(t)
	s := testserver.New(t, testdb.Own, func(c *config.Config) { c.ProviderURLs = providers.URLs() })
	stopAfterCheck := func(remove func()) time.Duration {
		t.Helper()
		providers.Override(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete {
				remove()
			}
			providers.Respond(w, r)
		}))
		stop := s.App.Start(t.Context())
		check := s.App.Connections.Check(t.Context(), connection.Credentials{
			Provider: connection.Hostaway, Key: testprovider.GoodKey, Account: testprovider.Account,
		})
		if check.Status != connection.Valid {
			t.Fatalf("got %+v", check)
		}
		return testtime.Elapsed(stop)
	}

	waited := false
	for range 5 { // a pause of the machine may exceed the timeout
		stopAfterCheck(func() { time.Sleep(app.FlushTimeout / 10) })
		if waited = providers.OpenTokens() == 0; waited {
			break
		}
	}
	if !waited {
		t.Error("a stop did not wait for the deletion of a token")
	}
	release := make(chan struct{})
	defer close(release)
	testtime.Within(t, "a stop during a request that hangs", 2*app.FlushTimeout, func() time.Duration {
		return stopAfterCheck(func() { <-release })
	})
	if !strings.Contains(s.Log.String(), "requests to providers were cut off") {
		t.Errorf("logged %s", s.Log)
	}
}

func TestStopWritesCountedRefusals(t *testing.T) {
	t.Parallel()
	const want = `[{"new": "Mutation.removePmsIntegration", "old": null, "field": "field"}] ` +
		`[{"new": "Mutation.removePmsIntegration", "old": null, "field": "field"}, {"new": "4", "old": null, "field": "count"}]`
	var entries string
	for range 5 { // a pause of the machine may exceed app.FlushTimeout
		s := testserver.New(t, testdb.Own)
		token, stop := s.Token(t, s.People(t).Operator), s.App.Start(t.Context())
		for range 5 {
			if code := s.Query(t, token, "mutation { removePmsIntegration { userErrors { code } } }", nil).Code(); code != "FORBIDDEN" {
				t.Errorf("got %s", code)
			}
		}
		stop()
		if entries = testdb.Value[string](t, s.Pool, "select string_agg(changes::text, ' ' order by id) from profile.audit_log"); entries == want {
			return
		}
	}
	t.Errorf("entries %s, want %s", entries, want)
}

func TestSettingForbidsRequestsToProviders(t *testing.T) {
	t.Parallel()
	providers := testprovider.New(t)
	s := testserver.New(t, testdb.Own, func(c *config.Config) { c.ConnectionChecks, c.ProviderURLs = false, providers.URLs() })
	check := s.App.Connections.Check(t.Context(), connection.Credentials{Provider: connection.OpenAI, Key: testprovider.GoodKey})
	if check.Reason != connection.ChecksOff || providers.Requests() != 0 {
		t.Errorf("got %+v after %d requests", check, providers.Requests())
	}
}
