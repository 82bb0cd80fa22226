package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/internal/connection"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testprovider"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestAdminAddressServesOnlyMetricsAndProfiles(t *testing.T) {
	t.Parallel()
	admin := httptest.NewServer(testserver.New(t, testdb.Own).App.Metrics.Handler())
	defer admin.Close()
	for path, status := range map[string]int{
		"/metrics": 200, "/debug/pprof/heap": 200, "/debug/pprof/profile?seconds=1": 200, // not the command line:
		"/debug/pprof/cmdline": 404, "/": 404, "/graphql": 404, "/api/perfil": 404,
	} {
		if resp := testserver.Send(t, "", http.MethodGet, admin.URL+path, ""); resp.Status != status {
			t.Errorf("%s: got %d", path, resp.Status)
		}
	}
}

func TestMetricsCountRequestsErrorsAndSignIns(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	admin := s.People(t).Admin
	text := metricsOf(t, s)
	wantLines(t, text, `graphql_errors_total{code="RATE_LIMITED"} 0`, `sign_in_attempts_total{result="refused"} 0`, `db_pool_connections_acquired 0`)
	for _, name := range []string{"db_pool_connections", "db_pool_connections_max", "db_pool_wait_seconds", "go_goroutines", "process_open_fds"} {
		if !strings.Contains(text, "\n"+name+" ") {
			t.Errorf("no metric %s", name)
		}
	}
	signIn := func(password string) {
		s.Send(t, "", http.MethodPost, "/api/auth/login", `{"email":"`+admin.Email+`","password":"`+password+`"}`)
	}
	signIn(testdb.Password)
	for range 4 {
		signIn("Wrong-Horse-1")
	}
	const login = `mutation($i: LoginInput!) { login(input: $i) { token } }`
	for range 2 { // the fifth failure, and a rate-limited attempt
		s.Query(t, "", login, map[string]any{"i": map[string]any{"email": admin.Email, "password": "Wrong-Horse-1"}})
	}
	signIn("Wrong-Horse-1")
	for _, query := range []string{"{ a: me { id } b: me { email } }", "{ nothing }", "{ me"} {
		s.Query(t, "", query, nil)
	}
	logged(t, s.Log, "request", s.Send(t, "", http.MethodGet, "/api/perfil", ""))
	wantLines(t, metricsOf(t, s),
		`http_request_duration_seconds_count{method="POST",route="/graphql",status="200"} 5`,
		`http_request_duration_seconds_count{method="GET",route="/api/perfil",status="401"} 1`,
		`sign_in_attempts_total{result="succeeded"} 1`,
		`sign_in_attempts_total{result="refused"} 5`,
		`sign_in_attempts_total{result="rate_limited"} 2`,
		`sign_in_attempts_total{result="error"} 0`,
		`graphql_errors_total{code="RATE_LIMITED"} 2`,
		`graphql_errors_total{code="UNAUTHENTICATED"} 3`,
		`graphql_errors_total{code="GRAPHQL_VALIDATION_FAILED"} 1`,
		`graphql_errors_total{code="GRAPHQL_PARSE_FAILED"} 1`,
		`graphql_errors_total{code="INTERNAL_SERVER_ERROR"} 0`)
}

func TestMetricsCountConnectionChecks(t *testing.T) {
	t.Parallel()
	providers := testprovider.New(t)
	s := testserver.New(t, testdb.Own, func(c *config.Config) { c.ProviderURLs = providers.URLs() })
	for _, c := range []connection.Credentials{
		{Provider: connection.OpenAI, Key: testprovider.GoodKey},
		{Provider: connection.OpenAI, Key: "canary"},
		{Provider: connection.OpenAI, Key: "sk-ant-canary"}, // without a request
		{Provider: "canary", Key: "canary"},
	} {
		s.App.Connections.Check(t.Context(), c)
	}
	text := metricsOf(t, s)
	wantLines(t, text,
		`connection_checks_total{provider="openai",status="VALID"} 1`,
		`connection_checks_total{provider="openai",status="INVALID"} 2`,
		`connection_checks_total{provider="other",status="UNVERIFIABLE"} 1`,
		`connection_checks_total{provider="other",status="VALID"} 0`,
		`connection_checks_total{provider="smoobu",status="RATE_LIMITED"} 0`,
		`connection_check_duration_seconds_count{provider="openai"} 2`,
		`connection_check_duration_seconds_count{provider="claude"} 0`)
	if strings.Contains(text, "canary") || strings.Contains(text, `connection_check_duration_seconds_count{provider="other"}`) {
		t.Error("a label is not one of the fixed set")
	}
}
