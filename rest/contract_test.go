package rest_test

import (
	"encoding/json"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// recorded is one case of testdata/legacy-rest.json: what the Python service
// answered, or deliberately should have.
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

func TestRecordedCasesOfThePythonServiceStillHold(t *testing.T) {
	text, err := os.ReadFile("testdata/legacy-rest.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []recorded
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
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

func (c recorded) replay(t *testing.T, s *server) {
	tokens := make(map[string]string)
	for i, step := range c.Steps {
		if step.SQL != "" {
			if _, err := s.pool.Exec(t.Context(), step.SQL); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if _, made := tokens[step.As]; !made {
			tokens[step.As] = credentials(t, step.As)
		}
		answer := s.do(t, step.request(t, s.URL, tokens[step.As]))
		want := c.Expect[i]
		if answer.StatusCode != want.Status {
			t.Fatalf("step %d: %s %s: got %d %s, want %d", i, step.Method, step.Path, answer.StatusCode, answer.text, want.Status)
		}
		checkEnvelope(t, step.Method, answer)
		if want.Body != nil {
			if got := comparable(t, answer.text); !reflect.DeepEqual(got, want.Body) {
				t.Errorf("step %d: %s %s:\ngot  %v\nwant %v", i, step.Method, step.Path, got, want.Body)
			}
		}
	}
}

func (s step) request(t *testing.T, base, authorization string) *http.Request {
	t.Helper()
	body := s.Raw
	if s.JSON != nil {
		body = string(s.JSON)
	}
	r, err := http.NewRequestWithContext(t.Context(), s.Method, base+s.Path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if s.ContentType != "" {
		r.Header.Set("Content-Type", s.ContentType)
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	for name, value := range s.Headers {
		r.Header.Set(name, value)
	}
	return r
}

// checkEnvelope is about what every answer has in common.
func checkEnvelope(t *testing.T, method string, answer reply) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Type":           "application/json; charset=utf-8",
		"Cache-Control":          "no-store",
		"X-Content-Type-Options": "nosniff",
	} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if method == http.MethodHead {
		return
	}
	var envelope struct {
		OK     *bool    `json:"ok"`
		Errors []string `json:"errors"`
	}
	if err := json.Unmarshal([]byte(answer.text), &envelope); err != nil || envelope.OK == nil {
		t.Fatalf("%s is no envelope: %v", answer.text, err)
	}
	if succeeded := answer.StatusCode == http.StatusOK; *envelope.OK != succeeded || succeeded != (len(envelope.Errors) == 0) {
		t.Errorf("%d with %s", answer.StatusCode, answer.text)
	}
}

var fieldPrefix = regexp.MustCompile(`^([a-z_]+): `)

// comparable brings an answer into the form of the recorded ones, where an
// error is only the name of its field.
func comparable(t *testing.T, text string) map[string]any {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal([]byte(text), &body); err != nil {
		t.Fatalf("%s is no JSON: %v", text, err)
	}
	errs, failed := body["errors"].([]any)
	if !failed {
		return body
	}
	slices.SortFunc(errs, func(a, b any) int { return strings.Compare(fieldOf(a), fieldOf(b)) })
	for i, sentence := range errs {
		errs[i] = fieldOf(sentence)
	}
	return body
}

func fieldOf(sentence any) string {
	if match := fieldPrefix.FindStringSubmatch(sentence.(string)); match != nil {
		return match[1]
	}
	return ""
}
