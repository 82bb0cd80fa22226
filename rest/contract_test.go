package rest_test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/rest"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// recorded is one case of testdata/legacy-rest.json: requests and the responses of
// the Python service. The cases with a deliberate difference hold the responses
// that this service gives.
type recorded struct {
	Name   string `json:"name"`
	Steps  []step `json:"steps"`
	Expect []*struct {
		Status int            `json:"status"`
		Body   map[string]any `json:"body"`
	} `json:"expect"`
}

// step is a request, or SQL that runs between two requests.
type step struct {
	Method      string            `json:"method"`
	Path        string            `json:"path"`
	As          string            `json:"as"`
	JSON        json.RawMessage   `json:"json"`
	Raw         string            `json:"raw"`
	ContentType string            `json:"content_type"`
	Headers     map[string]string `json:"headers"`
	SQL         string            `json:"sql"`
}

const recordedCases = 143

// added are the members of responses that the Python service did not have when the cases
// were recorded, by path, as "config.name".
var added = map[string][]string{}

// answers are those of the GET routes that the Python service did not have.
var answers = map[string]string{}

func TestEveryReadHasARecordedAnswer(t *testing.T) {
	t.Parallel()
	var read []string
	for _, c := range recordedCasesOf(t) {
		for _, step := range c.Steps {
			read = append(read, step.Method+" "+step.Path)
		}
	}
	s := newServer(t, testdb.Own)
	for _, r := range rest.Routes() {
		if r.Method != http.MethodGet || slices.Contains(read, r.Method+" "+r.Path) {
			continue
		}
		want, ok := answers[r.Path]
		if !ok {
			t.Errorf("%s %s has no recorded case and no row in answers", r.Method, r.Path)
			continue
		}
		got := s.Send(t, "", r.Method, r.Path, "", credentials(t, "admin")...)
		if strings.TrimSpace(got.Body) != want {
			t.Errorf("%s %s: got %s, want %s", r.Method, r.Path, got.Body, want)
		}
	}
}

func recordedCasesOf(t *testing.T) (cases []recorded) {
	t.Helper()
	text, err := os.ReadFile("testdata/legacy-rest.json")
	if err == nil {
		err = json.Unmarshal(text, &cases)
	}
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

func TestRecordedCasesOfThePythonServicePass(t *testing.T) {
	cases := recordedCasesOf(t)
	if len(cases) != recordedCases {
		t.Fatalf("%d cases, want %d", len(cases), recordedCases)
	}
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		for _, c := range cases {
			t.Run(c.Name, func(t *testing.T) {
				t.Parallel()
				c.replay(t, newServer(t, shape))
			})
		}
	})
}

func (c recorded) replay(t *testing.T, s *testserver.Server) {
	tokens := make(map[string][]string)
	for i, step := range c.Steps {
		if step.SQL != "" {
			testdb.Exec(t, s.Pool, step.SQL)
			continue
		}
		if _, made := tokens[step.As]; !made {
			tokens[step.As] = credentials(t, step.As)
		}
		resp := step.send(t, s, tokens[step.As])
		want := c.Expect[i]
		if resp.Status != want.Status {
			t.Fatalf("step %d: %s %s: got %d %s, want %d", i, step.Method, step.Path, resp.Status, resp.Body, want.Status)
		}
		checkEnvelope(t, step.Method, resp)
		if want.Body != nil {
			got := comparable(t, resp.Body)
			for _, member := range added[step.Path] {
				remove(got, member)
			}
			if !reflect.DeepEqual(got, want.Body) {
				t.Errorf("step %d: %s %s:\ngot  %v\nwant %v", i, step.Method, step.Path, got, want.Body)
			}
		}
	}
}

// remove removes the member "config.name" of a response, if the response has config.
func remove(body map[string]any, member string) {
	outer, inner, _ := strings.Cut(member, ".")
	if config, ok := body[outer].(map[string]any); ok {
		delete(config, inner)
	}
}

func (s step) send(t *testing.T, server *testserver.Server, headers []string) *testserver.Response {
	t.Helper()
	if s.ContentType != "" {
		headers = append(slices.Clone(headers), "Content-Type: "+s.ContentType)
	}
	for name, value := range s.Headers {
		headers = append(slices.Clone(headers), name+": "+value)
	}
	return server.Send(t, "", s.Method, s.Path, cmp.Or(string(s.JSON), s.Raw), headers...)
}

// checkEnvelope checks the content type and the members that every response has.
func checkEnvelope(t *testing.T, method string, resp *testserver.Response) {
	t.Helper()
	if got := resp.Header.Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("Content-Type: %q", got)
	}
	if method == http.MethodHead {
		return
	}
	var envelope struct {
		OK     *bool    `json:"ok"`
		Errors []string `json:"errors"`
	}
	if err := json.Unmarshal([]byte(resp.Body), &envelope); err != nil || envelope.OK == nil {
		t.Fatalf("%s is not an envelope: %v", resp.Body, err)
	}
	if succeeded := resp.Status == http.StatusOK; *envelope.OK != succeeded || succeeded != (len(envelope.Errors) == 0) {
		t.Errorf("%d with %s", resp.Status, resp.Body)
	}
}

var fieldPrefix = regexp.MustCompile(`^(?:([a-z_]+): )?.*`)

// comparable converts a response body into the form of the recorded ones, where an
// error is only the name of its field, in alphabetical order.
func comparable(t *testing.T, text string) map[string]any {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal([]byte(text), &body); err != nil {
		t.Fatalf("%s is not JSON: %v", text, err)
	}
	errs, _ := body["errors"].([]any)
	for i, message := range errs {
		errs[i] = fieldPrefix.ReplaceAllString(message.(string), "$1")
	}
	slices.SortFunc(errs, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	return body
}
