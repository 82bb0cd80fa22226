package cli_test

import (
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testprovider"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// asking returns production settings with test providers.
func asking(providers *testprovider.Server, url string) settings {
	s := production(url)
	for _, setting := range providers.Settings() {
		name, value, _ := strings.Cut(setting, "=")
		s[name] = value
	}
	return s
}

func TestCheckConnectionsCountsByProviderAndStatusAndKeepsTheResults(t *testing.T) {
	t.Parallel()
	d, providers := testdb.New(t, testdb.Alembic), testprovider.New(t)
	s := asking(providers, d.URL)
	for provider, key := range map[string]string{"smoobu": testprovider.GoodKey + canary, "beds24": canary, "hostaway": canary} {
		storeKey(t, d.Pool, provider, key, testserver.FernetKey)
	}
	out := mustRun(t, s, "check-connections") // although a key is invalid
	for name, want := range map[string]string{
		"provider": "checked VALID INVALID RESTRICTED RATE_LIMITED UNVERIFIABLE ACCOUNT_ID_REQUIRED KEY_NOT_DECRYPTABLE",
		"beds24":   "1 0 1 0 0 0 0 0", "hostaway": "1 0 0 0 0 0 1 0", "smoobu": "1 1 0 0 0 0 0 0", "all": "3 1 1 0 0 0 1 0",
	} {
		if got := table(out)[name]; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if strings.Contains(out, canary) {
		t.Errorf("it prints a key: %s", out)
	}
	kept := testdb.Value[string](t, d.Pool, "select string_agg(provider || ' ' || status, ', ' order by provider) from profile.connection_checks")
	if kept != "beds24 INVALID, smoobu VALID" {
		t.Errorf("kept %s", kept)
	}
	if out := mustRun(t, s, "check-connections", "--older-than", "24h"); table(out)["all"] != "1 0 0 0 0 0 1 0" { // hostaway
		t.Errorf("soon after: %s", out)
	}

	unchanged, requests := snapshot(t, d.Pool), providers.Requests()
	if line := mustFail(t, s.with("CONNECTION_CHECKS", "off"), "check-connections"); !strings.Contains(line, "CONNECTION_CHECKS is off") {
		t.Errorf("with checks off: %s", line)
	}
	unchanged(t, "check-connections with CONNECTION_CHECKS=off")
	if providers.Requests() != requests {
		t.Error("it sent requests with CONNECTION_CHECKS=off")
	}
	code, out, err := runCommand(t, s.with("FERNET_KEY", otherKey), "check-connections")
	if code != 2 || table(out)["all"] != "3 0 0 0 0 0 0 3" || err != "profile-server: no configured key decrypts 3 API keys; rotate-keys --check lists their rows\n" {
		t.Errorf("with another Fernet key: exit code %d\n%s%s", code, out, err)
	}
}

func TestStoppedCheckConnectionsKeepsWhatWasChecked(t *testing.T) {
	t.Parallel()
	d, providers := testdb.New(t, testdb.Own), testprovider.New(t)
	storeKey(t, d.Pool, "smoobu", testprovider.GoodKey, testserver.FernetKey)
	storeKey(t, d.Pool, "beds24", testprovider.GoodKey, testserver.FernetKey)
	asked, proceed := make(chan struct{}, 10), make(chan struct{})
	providers.Override(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/smoobu") {
			<-proceed // until beds24 is kept
			asked <- struct{}{}
			testprovider.Hang.ServeHTTP(w, r)
			return
		}
		providers.Respond(w, r)
	}))
	p := start(t, asking(providers, d.URL), "check-connections")
	testtime.Eventually(t, "a check is kept", func() bool {
		return testdb.Value[bool](t, d.Pool, "select exists (select from profile.connection_checks where provider = 'beds24')")
	})
	close(proceed)
	<-asked
	p.signal(t, syscall.SIGINT)
	if code := p.wait(t); code != 1 || table(p.out.String())["all"] != "1 1 0 0 0 0 0 0" || !strings.Contains(p.err.String(), "stopped before it was finished") {
		t.Errorf("exit code %d\n%s%s", code, p.out, p.err)
	}
	if kept := testdb.Value[int](t, d.Pool, "select count(*) from profile.connection_checks"); kept != 1 {
		t.Errorf("%d checks are kept", kept)
	}
}
