package web_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

const (
	meQuery  = `{"query":"{ me { email } }"}`
	pmsRoute = "/api/perfil/integraciones/pms"
)

// response is a response with its body.
type response struct {
	*http.Response
	text string
}

// send makes a request without following redirects; header lines are
// "Name: value".
func send(t *testing.T, method, url, body string, header ...string) response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			r.Host = value
		}
		r.Header.Add(name, value)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response{Response: resp, text: string(text)}
}

// envelope returns the form of the error in the body: "REST", "GraphQL", or "" when
// there is none.
func (r response) envelope() string {
	var rest struct {
		OK     *bool
		Errors []string
	}
	var graphQL struct {
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	switch {
	case r.Header.Get("Content-Type") != "application/json; charset=utf-8":
		return ""
	case json.Unmarshal([]byte(r.text), &rest) == nil && rest.OK != nil && !*rest.OK && len(rest.Errors) == 1:
		return "REST"
	case json.Unmarshal([]byte(r.text), &graphQL) == nil && len(graphQL.Errors) == 1 &&
		graphQL.Errors[0].Message != "" && graphQL.Errors[0].Extensions.Code != "":
		return "GraphQL"
	}
	return ""
}

// envelopeOf returns the form of the errors of a path.
func envelopeOf(path string) string {
	if strings.HasPrefix(path, "/api/") {
		return "REST"
	}
	return "GraphQL"
}

// logged waits for the log entry of a request, which is written after its response.
func logged(t *testing.T, log *testserver.Log, message string, resp response) (entry map[string]any) {
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

// unknownUser returns a user who is not in the database.
func unknownUser() testdb.UserRow {
	return testdb.UserRow{ID: uuid.New(), CompanyID: uuid.New(), Email: "a@b.example", Role: "admin"}
}
