// Package canary_test sends secrets that occur nowhere else through every
// operation of both edges, in good requests and in bad ones, and then looks for
// them wherever they must not be.
package canary_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// flock makes canaries and remembers them.
type flock []string

// next makes a secret of 20 characters.
func (f *flock) next() string {
	secret := fmt.Sprintf("Zq7-canary-%04d-Xw9v", len(*f))
	*f = append(*f, secret)
	return secret
}

// sender sends requests and keeps what comes back.
type sender struct {
	t       *testing.T
	server  *testserver.Server
	token   string
	answers strings.Builder
}

func (s *sender) send(method, path, contentType, body string) {
	s.t.Helper()
	request, err := http.NewRequest(method, s.server.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	answer := s.server.Request(s.t, request, s.token)
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	fmt.Fprintf(&s.answers, "%d %v\n%s\n", answer.StatusCode, answer.Header, text)
}

func (s *sender) graphql(query string, variables map[string]any) {
	s.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		s.t.Fatal(err)
	}
	s.send(http.MethodPost, "/graphql", "application/json", string(body))
}

func (s *sender) rest(method, path string, body map[string]any) {
	s.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	s.send(method, path, "application/json", string(text))
}

func TestNoSecretIsToldAnywhere(t *testing.T) {
	server := testserver.New(t, testdb.Own)
	people := server.People(t)
	var secrets flock
	s := &sender{t: t, server: server}
	for _, user := range []testdb.UserRow{people.Admin, people.Operator, {}} {
		s.token = ""
		if user.Email != "" {
			s.token = server.Token(t, user)
		}
		sendEverything(s, &secrets, user)
	}
	t.Logf("figure: canaries: %d secrets in %d bytes of answers", len(secrets), s.answers.Len())

	for place, text := range map[string]string{
		"an answer":                            s.answers.String(),
		"the log":                              server.Log.String(),
		"a metric":                             metrics(t, server),
		"the data":                             everyRow(t, server),
		"the statements that PostgreSQL knows": statements(t, server),
	} {
		if len(text) < 100 {
			t.Errorf("%s: only %d bytes were looked at", place, len(text))
		}
		for _, secret := range secrets {
			for _, form := range []string{secret, url.QueryEscape(secret), strings.ToLower(secret)} {
				if at := strings.Index(text, form); at >= 0 {
					t.Errorf("%s holds %s: …%s…", place, form, text[max(0, at-80):min(len(text), at+len(form)+40)])
				}
			}
		}
	}
}
