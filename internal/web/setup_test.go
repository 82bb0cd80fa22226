package web_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

const meQuery = `{"query":"{ me { email } }"}`

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

// isREST and isGraphQL report whether the body is an error in the REST envelope or
// in GraphQL.
func (r response) isREST(t *testing.T) bool {
	t.Helper()
	var body struct {
		OK     *bool
		Errors []string
	}
	err := json.Unmarshal([]byte(r.text), &body)
	return r.isJSON() && err == nil && body.OK != nil && !*body.OK && len(body.Errors) == 1
}

func (r response) isGraphQL(t *testing.T) bool {
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

func (r response) isJSON() bool {
	return r.Header.Get("Content-Type") == "application/json; charset=utf-8"
}

// logged waits for the log entry of a request, which is written after its response.
func logged(t *testing.T, log *testserver.Log, message string, resp response) map[string]any {
	t.Helper()
	id := resp.Header.Get("X-Request-Id")
	var found map[string]any
	testtime.Eventually(t, "an entry "+message+" of request "+id, func() bool {
		for line := range strings.Lines(log.String()) {
			var entry map[string]any
			if err := json.Unmarshal([]byte(line), &entry); err != nil {
				t.Fatalf("a log line is not JSON: %s", line)
			}
			if entry["msg"] == message && entry["requestId"] == id {
				found = entry
			}
		}
		return found != nil
	})
	return found
}

// unknownUser returns a user who is not in the database.
func unknownUser() testdb.UserRow {
	return testdb.UserRow{ID: uuid.New(), CompanyID: uuid.New(), Email: "a@b.example", Role: "admin"}
}
