package web_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

const meQuery = `{"query":"{ me { email } }"}`

// reply is what came back.
type reply struct {
	*http.Response
	text string
}

// send makes a request without following redirects; header lines are
// "Name: value".
func send(t *testing.T, method, url, body string, header ...string) reply {
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
	return reply{Response: resp, text: string(text)}
}

// isLegacy and isGraphQL check who speaks: the REST envelope or GraphQL.
func (r reply) isLegacy(t *testing.T) bool {
	t.Helper()
	var body struct {
		OK     *bool
		Errors []string
	}
	err := json.Unmarshal([]byte(r.text), &body)
	return r.isJSON() && err == nil && body.OK != nil && !*body.OK && len(body.Errors) == 1
}

func (r reply) isGraphQL(t *testing.T) bool {
	t.Helper()
	var body struct {
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	err := json.Unmarshal([]byte(r.text), &body)
	return r.isJSON() && err == nil && len(body.Errors) == 1 && body.Errors[0].Message != "" && body.Errors[0].Extensions.Code != ""
}

func (r reply) isJSON() bool {
	return r.Header.Get("Content-Type") == "application/json; charset=utf-8"
}

// logged waits for the line about a request, which is written after its answer.
func logged(t *testing.T, log *testserver.Log, message string, answer reply) map[string]any {
	t.Helper()
	id := answer.Header.Get("X-Request-Id")
	for deadline := time.Now().Add(testtime.MaxWait); ; time.Sleep(5 * time.Millisecond) {
		for line := range strings.Lines(log.String()) {
			var entry map[string]any
			if err := json.Unmarshal([]byte(line), &entry); err != nil {
				t.Fatalf("a line is not JSON: %s", line)
			}
			if entry["msg"] == message && entry["requestId"] == id {
				return entry
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("no line %q about request %s in:\n%s", message, id, log)
		}
	}
}
