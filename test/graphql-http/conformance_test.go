package audit

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/web"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

const (
	mediaJSON     = "application/json"
	mediaResponse = "application/graphql-response+json"
)

// service is the server behind the listener of production, with its limits on headers.
type service struct {
	*testserver.Server
	admin, operator string // tokens of a company
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{Server: testserver.New(t, testdb.Own)}
	listener, err := web.Listen("LISTEN_ADDR", "127.0.0.1:0", s.Config.Handler)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- web.Serve(ctx, slog.New(slog.DiscardHandler), listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	s.URL = "http://" + listener.Addr().String()
	people := s.People(t)
	s.admin, s.operator = s.Token(t, people.Admin), s.Token(t, people.Operator)
	return s
}

// exchange is a request and the response that it must get.
type exchange struct {
	admin  bool   // the user is an administrator, not an operator
	method string // POST unless set
	url    string // /graphql unless set
	accept string // mediaResponse unless set, "none" for no header
	sent   string // the Content-Type, mediaJSON unless set, "none" for no header
	header string // a further header, such as "Origin: x"
	body   string

	status int
	// result are the members of the response: "data", "errors", both separated by a
	// space, or "" for a response that is not GraphQL.
	result string
	media  string // the media type of the response, accept unless set
	says   string // part of the response body
	allow  string // the Allow header
}

// requirement is a requirement that the edition of September 2026 has of a server.
type requirement struct {
	section, level, text string
	// answer describes what the server does instead; "" if it meets the requirement.
	answer    string
	exchanges []exchange
}

// line is the row of the requirement in docs/graphql-over-http.md.
func (r requirement) line() string {
	answer := r.answer
	if answer == "" {
		answer = "yes"
	}
	return "| " + r.section + " | " + r.level + " | " + r.text + " | " + answer + " |"
}

func TestServerMeetsTheRequirementsOfGraphQLOverHTTP(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, r := range requirements {
		t.Run(r.section+": "+r.text, func(t *testing.T) {
			for _, e := range r.exchanges {
				s.check(t, e)
			}
		})
	}
}

// check sends the request of an exchange. It checks the requirements that hold for each
// response, too.
func (s *service) check(t *testing.T, e exchange) {
	t.Helper()
	request, err := http.NewRequest(cmp.Or(e.method, http.MethodPost), s.URL+cmp.Or(e.url, "/graphql"), strings.NewReader(e.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"Accept": cmp.Or(e.accept, mediaResponse), "Content-Type": cmp.Or(e.sent, mediaJSON)} {
		if value != "none" {
			request.Header.Set(name, value)
		}
	}
	if name, value, found := strings.Cut(e.header, ": "); found {
		request.Header.Set(name, value)
	}
	token := s.operator
	if e.admin {
		token = s.admin
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := s.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	body := string(text)
	if response.StatusCode != e.status || !strings.Contains(body, e.says) || response.Header.Get("Allow") != e.allow {
		t.Errorf("%s: got %d %v %.300s", e.describe(), response.StatusCode, response.Header, body)
	}
	media := response.Header.Get("Content-Type")
	if e.result == "" {
		if strings.HasPrefix(media, mediaResponse) {
			t.Errorf("%s: a response of type %s that is not GraphQL", e.describe(), media)
		}
		return
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatalf("%s: %v", e.describe(), err)
	}
	if result := strings.Join(slices.Sorted(maps.Keys(members)), " "); result != e.result {
		t.Errorf("%s: the response has %s, want %s: %.300s", e.describe(), result, e.result, body)
	}
	if want := cmp.Or(e.media, e.accept, mediaResponse) + "; charset=utf-8"; media != want {
		t.Errorf("%s: Content-Type is %s, want %s", e.describe(), media, want)
	}
}

func (e exchange) describe() string {
	return fmt.Sprintf("%s %.80s %.100s", cmp.Or(e.method, http.MethodPost), cmp.Or(e.url, "/graphql"), e.body)
}

// gqlgen's introspection differs from GraphQL, September 2025, 4.2: a member that a kind
// of type does not have should be null. docs/graphql-over-http.md lists the difference.
func TestIntrospectionHasEmptyListsForMembersOfOtherKinds(t *testing.T) {
	t.Parallel()
	newService(t).check(t, exchange{
		body:   document(`{__type(name:"LocalTime"){fields{name}interfaces{name}possibleTypes{name}enumValues{name}inputFields{name}isOneOf}}`),
		status: 200, result: "data",
		says: `{"__type":{"fields":[],"interfaces":[],"possibleTypes":[],"enumValues":[],"inputFields":[],"isOneOf":false}}`,
	})
}

// The server's own read timeout is 15 s.
func TestSlowBodyIs408(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	slow := httptest.NewUnstartedServer(s.Config.Handler)
	slow.Config.ReadTimeout = 200 * time.Millisecond
	slow.Start()
	defer slow.Close()
	body, end := io.Pipe()
	defer func() { _ = end.Close() }()
	request, err := http.NewRequest(http.MethodPost, slow.URL+"/graphql", body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", mediaResponse)
	response, err := slow.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusRequestTimeout {
		t.Errorf("got %d, %v", response.StatusCode, err)
	}
}

func TestDocumentationHasTheRequirements(t *testing.T) {
	page, err := os.ReadFile("../../docs/graphql-over-http.md")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range requirements {
		lines = append(lines, r.line())
	}
	if table := strings.Join(lines, "\n"); !strings.Contains(string(page), "|\n"+table+"\n\n") {
		t.Errorf("docs/graphql-over-http.md must have exactly these rows:\n%s", table)
	}
}

// query returns the URL of a GET request.
func query(parameters ...string) string {
	values := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		values.Set(parameters[i], parameters[i+1])
	}
	return "/graphql?" + values.Encode()
}

// document returns the body of a POST request.
func document(text string) string {
	encoded, err := json.Marshal(map[string]string{"query": text})
	if err != nil {
		panic(err)
	}
	return string(encoded)
}
