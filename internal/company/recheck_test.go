package company_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/company"
	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testprovider"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// fixture is a server whose providers are test providers.
type fixture struct {
	*testserver.Server
	providers *testprovider.Server
}

func newFixture(t *testing.T, shape testdb.Shape) *fixture {
	t.Helper()
	providers := testprovider.New(t)
	return &fixture{testserver.New(t, shape, func(c *config.Config) { c.ProviderURLs = providers.URLs() }), providers}
}

// store stores an API key of a provider for a new company, as the Python service would.
func (f *fixture) store(t *testing.T, provider, key string) uuid.UUID {
	t.Helper()
	ciphertext, err := f.App.Keys.Encrypt(key)
	if err != nil {
		t.Fatal(err)
	}
	return f.storeCiphertext(t, provider, ciphertext)
}

func (f *fixture) storeCiphertext(t *testing.T, provider, ciphertext string) uuid.UUID {
	t.Helper()
	id := testdb.Company(t, f.Pool, testdb.CompanyRow{}).ID
	table := "configuracion_ia"
	if slices.Contains([]string{"smoobu", "beds24", "hostaway", "cloudbeds", "mews"}, strings.ToLower(provider)) {
		table = "configuracion_pms"
	}
	testdb.Exec(t, f.Pool, "insert into "+table+` (id, empresa_id, proveedor, api_key_cifrada, activo, created_at, updated_at)
		values (gen_random_uuid(), $1, $2, $3, true, now(), now())`, id, provider, ciphertext)
	return id
}

// recheck returns the outcomes as sorted texts.
func (f *fixture) recheck(t *testing.T, olderThan time.Duration) (outcomes []string) {
	t.Helper()
	err := f.App.Companies.Recheck(t.Context(), time.Now().Add(-olderThan), func(r company.Rechecked) {
		outcomes = append(outcomes, r.Provider+" "+r.Status)
	})
	if err != nil {
		t.Error(err)
	}
	slices.Sort(outcomes)
	return outcomes
}

func TestRecheckKeepsTheResultOfEachStoredConnection(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		f := newFixture(t, shape)
		f.store(t, "smoobu", testprovider.GoodKey)
		f.store(t, "Beds24", "rejected")
		f.store(t, "cloudbeds", testprovider.BusyKey)
		f.store(t, "hostaway", testprovider.GoodKey)
		f.store(t, "openai", testprovider.RestrictedKey)
		f.store(t, "default", testprovider.GoodKey)
		f.store(t, "mews", testprovider.GoodKey)
		f.storeCiphertext(t, "claude", "gAAAA")
		f.storeCiphertext(t, "gemini", "")
		rows := "select string_agg(t, '|') from (select p::text t from configuracion_pms p union all select a::text from configuracion_ia a order by 1) r"
		before := testdb.Value[string](t, f.Pool, rows)
		want := []string{
			"beds24 INVALID", "claude KEY_NOT_DECRYPTABLE", "cloudbeds RATE_LIMITED", "default UNVERIFIABLE",
			"hostaway ACCOUNT_ID_REQUIRED", "mews UNVERIFIABLE", "openai RESTRICTED", "smoobu VALID",
		}
		if got := f.recheck(t, 0); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		kept := testdb.Values[string](t, f.Pool, "select lower(provider) || ' ' || status from profile.connection_checks order by 1")
		want = slices.DeleteFunc(want, func(s string) bool { return strings.HasPrefix(s, "claude ") || strings.HasPrefix(s, "hostaway ") })
		if !slices.Equal(kept, want) {
			t.Errorf("kept %q, want %q", kept, want)
		}
		if after := testdb.Value[string](t, f.Pool, rows); after != before {
			t.Error("a row of the shared tables changed")
		}
		if n := testdb.Value[int](t, f.Pool, "select (select count(*) from profile.audit_log) + (select count(*) from profile.connection_check_counts)"); n != 0 {
			t.Errorf("%d entries and counts", n)
		}
	})
}

func TestRecheckBeginsWithTheOldestCheckAndSkipsRecentOnes(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.Own)
	for _, c := range []struct{ key, age string }{
		{"third", "3 days"}, {"last", "25 hours"}, {"never checked", ""}, {"recent", "23 hours"}, {"fourth", "2 days"}, {"another key was checked", "1 hour"},
	} {
		provider := "smoobu"
		if c.key == "third" {
			provider = "Smoobu"
		}
		id := f.store(t, provider, testprovider.GoodKey+strings.ReplaceAll(c.key, " ", "-"))
		if c.age != "" {
			testdb.Exec(t, f.Pool, `insert into profile.connection_checks (company_id, integration, ciphertext_sha256, provider, status, checked_at, duration_ms, models)
				select $1, 'pms', sha256(convert_to(api_key_cifrada, 'UTF8')), proveedor, 'VALID', now() - $2::text::interval, 1, '{}' from configuracion_pms where empresa_id = $1`, id, c.age)
		}
		if c.key == "another key was checked" {
			testdb.Exec(t, f.Pool, "update profile.connection_checks set ciphertext_sha256 = sha256('another') where company_id = $1", id)
		}
	}
	var mu sync.Mutex
	var asked []string
	f.providers.Override(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, strings.TrimPrefix(r.Header.Get("Api-Key"), testprovider.GoodKey))
		mu.Unlock()
		f.providers.Respond(w, r)
	}))
	start := time.Now()
	f.recheck(t, 24*time.Hour)
	// The two without a check come first, in any order.
	slices.Sort(asked[:min(2, len(asked))])
	if want := []string{"another-key-was-checked", "never-checked", "third", "fourth", "last"}; !slices.Equal(asked, want) {
		t.Errorf("asked for %q", asked)
	}
	if took := time.Since(start); took < 1900*time.Millisecond {
		t.Errorf("five checks of a provider took %v, want two a second", took)
	}
}

func TestRecheckRunsFiveChecksAtATimeAndCanBeStopped(t *testing.T) {
	t.Parallel()
	f := newFixture(t, testdb.Own)
	for _, provider := range []string{"smoobu", "beds24", "cloudbeds", "openai", "gemini", "claude", "openai"} {
		f.store(t, provider, testprovider.GoodKey)
	}
	started, proceed := make(chan struct{}, 100), make(chan struct{})
	f.providers.Override(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started <- struct{}{}
		select {
		case <-proceed:
			f.providers.Respond(w, r)
		case <-r.Context().Done():
		}
	}))
	ctx, stop := context.WithCancel(t.Context())
	var reported []string
	done := make(chan error)
	go func() {
		done <- f.App.Companies.Recheck(ctx, time.Now(), func(r company.Rechecked) {
			reported = append(reported, fmt.Sprint(r))
			stop()
		})
	}()
	for range 5 {
		<-started
	}
	select {
	case <-started:
		t.Error("a sixth check is running")
	case <-time.After(200 * time.Millisecond):
	}
	proceed <- struct{}{}
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	kept := testdb.Value[int](t, f.Pool, "select count(*) from profile.connection_checks")
	if len(reported) == 0 || kept < len(reported) {
		t.Errorf("reported %q, kept %d", reported, kept)
	}
}
