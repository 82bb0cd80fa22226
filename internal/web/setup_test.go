package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

const (
	meQuery  = `{"query":"{ me { email } }"}`
	pmsRoute = "/api/perfil/integraciones/pms"
)

// envelope returns the form of the error in the body: "REST", "GraphQL", or "" when
// there is none.
func envelope(r *testserver.Response) string {
	var rest struct {
		OK     *bool
		Errors []string
	}
	var graphQL struct{ Errors []testserver.Error }
	switch {
	case r.Header.Get("Content-Type") != "application/json; charset=utf-8":
		return ""
	case json.Unmarshal([]byte(r.Body), &rest) == nil && rest.OK != nil && !*rest.OK && len(rest.Errors) == 1:
		return "REST"
	case json.Unmarshal([]byte(r.Body), &graphQL) == nil && len(graphQL.Errors) == 1 &&
		graphQL.Errors[0].Message != "" && graphQL.Errors[0].Extensions["code"] != nil:
		return "GraphQL"
	}
	return ""
}

// envelopeOf returns the form of the errors of a path.
func envelopeOf(path string) string {
	if strings.HasPrefix(path+"/", "/api/") {
		return "REST"
	}
	return "GraphQL"
}

// logged waits for the log entry of a request, which is written after its response.
func logged(t *testing.T, log *testserver.Log, message string, resp *testserver.Response) (entry map[string]any) {
	t.Helper()
	id := resp.Header.Get("X-Request-Id")
	testtime.Eventually(t, "an entry "+message+" of request "+id, func() bool {
		for line := range strings.Lines(log.String()) {
			entry = nil
			if err := json.Unmarshal([]byte(line), &entry); err != nil {
				t.Fatalf("a log line is not JSON: %s", line)
			}
			if entry["msg"] == message && entry["requestId"] == id {
				return true
			}
		}
		return false
	})
	return entry
}

// metricsOf returns the metrics of a server.
func metricsOf(t *testing.T, s *testserver.Server) string {
	t.Helper()
	w := httptest.NewRecorder()
	s.App.Metrics.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

func wantLines(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
}
