package transport_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

const (
	plain    = "application/json; charset=utf-8"
	response = "application/graphql-response+json; charset=utf-8"
)

func TestRequestIsAnswered(t *testing.T) {
	h := newHandler(t, hello)
	for name, r := range map[string]*http.Request{
		"POST":                        post(`{"query":"{me{id}}"}`),
		"POST with everything":        post(`{"query":"query q{me{id}}","operationName":"q","variables":{"a":1},"extensions":{"b":2}}`),
		"POST with null for the rest": post(`{"query":"{me{id}}","operationName":null,"variables":null,"extensions":null}`),
		"POST with members of others": post(`{"query":"{me{id}}","id":"x","doc_id":7}`),
		"POST with a charset":         post(`{"query":"{me{id}}"}`, `Content-Type: application/json; charset="UTF-8"`),
		"POST with white space":       post(" \n{\"query\":\"{me{id}}\"}\r\n "),
		"POST with identity encoding": post(`{"query":"{me{id}}"}`, "Content-Encoding: identity"),
		"GET":                         get("query=%7Bme%7Bid%7D%7D"),
		"GET with everything":         get("query=query+q%7Bme%7Bid%7D%7D&operationName=q&variables=%7B%22a%22:1%7D&extensions=%7B%7D"),
		"GET with empty parameters":   get("query=%7Bme%7Bid%7D%7D&operationName=&variables=&extensions="),
		"GET with null parameters":    get("query=%7Bme%7Bid%7D%7D&variables=null&extensions=null"),
		"GET with a content type":     get("query=%7Bme%7Bid%7D%7D", "Content-Type: text/plain"),
	} {
		t.Run(name, func(t *testing.T) {
			got := do(t, h, r)
			if got.StatusCode != http.StatusOK || got.Body != `{"data":{"hello":"world"}}` {
				t.Errorf("got %d %s", got.StatusCode, got.Body)
			}
		})
	}
}

func TestAnswerCarriesItsHeaders(t *testing.T) {
	h := newHandler(t, hello)
	for _, r := range []*http.Request{post(document("{me{id}}")), post("{"), post(document("{nope}")), httptest.NewRequest(http.MethodPut, "/graphql", nil)} {
		got := do(t, h, r)
		want := map[string]string{
			"Content-Type":           plain,
			"Content-Length":         strconv.Itoa(len(got.Body)),
			"Cache-Control":          "no-store",
			"X-Content-Type-Options": "nosniff",
		}
		for name, value := range want {
			if got.Header.Get(name) != value {
				t.Errorf("%s is %q, want %q", name, got.Header.Get(name), value)
			}
		}
	}
}

func TestWhatIsNoRequestIsRefused(t *testing.T) {
	h := newHandler(t, func(context.Context) *graphql.Response {
		t.Error("ran")
		return nil
	})
	form := "Content-Type: application/x-www-form-urlencoded"
	for name, c := range map[string]struct {
		r      *http.Request
		status int
		says   string
	}{
		"no body":                      {post(""), 400, "The body is empty"},
		"white space":                  {post(" \n "), 400, "The body is empty"},
		"no JSON":                      {post("hunter2"), 400, "The body must be a JSON object."},
		"half an object":               {post(`{"query":"{hunter2`), 400, "The body is not valid JSON."},
		"two objects":                  {post(`{"query":"{me{id}}"}{"query":"hunter2"}`), 400, "The body is not valid JSON."},
		"something behind":             {post(`{"query":"{me{id}}"}]`), 400, "The body is not valid JSON."},
		"a batch":                      {post(`[{"query":"{hunter2}"}]`), 400, "cannot be sent in a batch"},
		"a string":                     {post(`"hunter2"`), 400, "must be a JSON object"},
		"null":                         {post(`null`), 400, "must be a JSON object"},
		"no query":                     {post(`{"hunter2":"{me{id}}"}`), 400, "query is missing"},
		"an empty query":               {post(`{"query":""}`), 400, "query is missing"},
		"null for the query":           {post(`{"query":null}`), 400, "query is missing"},
		"a number for the query":       {post(`{"query":7}`), 400, "query must be a string."},
		"a list for the name":          {post(`{"query":"{me{id}}","operationName":["hunter2"]}`), 400, "operationName must be a string."},
		"text for the variables":       {post(`{"query":"{me{id}}","variables":"hunter2"}`), 400, "variables must be a JSON object."},
		"a list for the variables":     {post(`{"query":"{me{id}}","variables":["hunter2"]}`), 400, "variables must be a JSON object."},
		"text for the extensions":      {post(`{"query":"{me{id}}","extensions":"hunter2"}`), 400, "extensions must be a JSON object."},
		"broken UTF-8":                 {post("{\"query\":\"{me{id}}#hunter2\xff\"}"), 400, "not valid UTF-8"},
		"deep JSON":                    {post(`{"query":"{me{id}}","variables":{"a":` + strings.Repeat("[", 20000)), 400, "not valid JSON"},
		"a large body":                 {post(`{"query":"#` + strings.Repeat("x", 64<<10)), 413, "longer than 64 KiB"},
		"a large body, wrong type":     {post(strings.Repeat("x", 64<<10+1), form), 413, "longer than 64 KiB"},
		"no content type":              {post(`{"query":"{me{id}}"}`, "Content-Type: "), 415, "application/json"},
		"a form":                       {post(`query=hunter2`, form), 415, "application/json"},
		"a file upload":                {post(`hunter2`, "Content-Type: multipart/form-data; boundary=x"), 415, "application/json"},
		"plain text":                   {post(`{"query":"{me{id}}"}`, "Content-Type: text/plain"), 415, "application/json"},
		"GraphQL itself":               {post(`{me{id}}`, "Content-Type: application/graphql"), 415, "application/json"},
		"another charset":              {post(`{"query":"{me{id}}"}`, "Content-Type: application/json; charset=iso-8859-1"), 415, "charset"},
		"a compressed body":            {post(`{"query":"{me{id}}"}`, "Content-Encoding: gzip"), 415, "compressed"},
		"a media type nobody has":      {post(`{"query":"{me{id}}"}`, "Accept: text/hunter2"), 406, "application/json"},
		"GET without a query":          {get("hunter2=1"), 400, "query is missing"},
		"GET that is not well formed":  {get("query=%7Bme%7Bid%7D%7D&x=%zz"), 400, "not well formed"},
		"GET with broken UTF-8":        {get("query=%7Bme%7Bid%7D%7D%23%ff"), 400, "not valid UTF-8"},
		"GET with broken variables":    {get("query=%7Bme%7Bid%7D%7D&variables=hunter2"), 400, "variables must be a JSON object."},
		"GET with a list of variables": {get("query=%7Bme%7Bid%7D%7D&variables=[]"), 400, "variables must be a JSON object."},
		"GET with broken extensions":   {get("query=%7Bme%7Bid%7D%7D&extensions=7"), 400, "extensions must be a JSON object."},
		"GET of a mutation":            {get("query=mutation%7BremovePmsIntegration%7Bcompany%7Bid%7D%7D%7D"), 405, "Only queries"},
		"PUT":                          {httptest.NewRequest(http.MethodPut, "/graphql", strings.NewReader(`{"query":"{me{id}}"}`)), 405, "Use POST"},
		"DELETE":                       {httptest.NewRequest(http.MethodDelete, "/graphql", nil), 405, "Use POST"},
		"PATCH":                        {httptest.NewRequest(http.MethodPatch, "/graphql", nil), 405, "Use POST"},
		"OPTIONS":                      {httptest.NewRequest(http.MethodOptions, "/graphql", nil), 405, "Use POST"},
		"a method nobody knows":        {httptest.NewRequest("HUNTER2", "/graphql", nil), 405, "Use POST"},
	} {
		t.Run(name, func(t *testing.T) {
			got := do(t, h, c.r)
			var answer graphql.Response
			if err := json.Unmarshal([]byte(got.Body), &answer); err != nil || len(answer.Errors) != 1 {
				t.Fatalf("got %d %s", got.StatusCode, got.Body)
			}
			if got.StatusCode != c.status || !strings.Contains(answer.Errors[0].Message, c.says) {
				t.Errorf("got %d %s, want %d and %q", got.StatusCode, got.Body, c.status, c.says)
			}
			if answer.Errors[0].Extensions["code"] != "BAD_USER_INPUT" || strings.Contains(got.Body, `"data"`) {
				t.Errorf("got %s", got.Body)
			}
			if strings.Contains(strings.ToLower(got.Body), "hunter2") {
				t.Errorf("quotes the request: %s", got.Body)
			}
		})
	}
}

func TestAllowNamesTheMethods(t *testing.T) {
	h := newHandler(t, hello)
	if got := do(t, h, httptest.NewRequest(http.MethodPut, "/graphql", nil)).Header.Get("Allow"); got != "GET, POST" {
		t.Errorf("PUT: %q", got)
	}
	if got := do(t, h, get("query=mutation%7BremovePmsIntegration%7Bcompany%7Bid%7D%7D%7D")).Header.Get("Allow"); got != "POST" {
		t.Errorf("mutation over GET: %q", got)
	}
}

func TestBodyOfExactlyTheLimitIsRead(t *testing.T) {
	body := `{"query":"{me{id}}#`
	body += strings.Repeat("x", 64<<10-len(body)-2) + `"}`
	if got := do(t, newHandler(t, hello), post(body)); got.StatusCode != http.StatusOK {
		t.Errorf("%d bytes: %d %s", len(body), got.StatusCode, got.Body)
	}
	chunked := post(body + " ")
	chunked.ContentLength = -1
	if got := do(t, newHandler(t, hello), chunked); got.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("one more byte, of a length that is not told: %d", got.StatusCode)
	}
}

func TestAcceptChoosesTheMediaType(t *testing.T) {
	h := newHandler(t, hello)
	for accept, want := range map[string]string{
		"":                                  plain,
		"*/*":                               plain,
		"application/*":                     plain,
		"application/json":                  plain,
		"application/json; charset=utf-8":   plain,
		"APPLICATION/JSON":                  plain,
		"text/html, */*;q=0.8":              plain,
		"application/graphql-response+json": response,
		"application/graphql-response+json; charset=UTF-8, application/json; charset=utf-8": response,
		"application/json, application/graphql-response+json":                               response,
		"application/json;q=0.9, application/graphql-response+json":                         response,
		"application/json, application/graphql-response+json;q=0.9":                         plain,
		"application/graphql-response+json, */*":                                            response,
		"application/graphql-response+json;q=0.5, */*":                                      plain,
		"application/json, application/*;q=0.1":                                             plain,
		"application/json;q=0, */*":                                                         response,
		"application/graphql-response+json;q=0, application/*":                              plain,
		"nonsense;;;, application/json":                                                     plain,
		"text/html":                                                                         "",
		"application/json;q=0":                                                              "",
		"*/*;q=0":                                                                           "",
		"application/json;q=2":                                                              "",
		"application/json; charset=utf-16":                                                  "",
		"application/jsonx":                                                                 "",
	} {
		got := do(t, h, post(document("{me{id}}"), "Accept: "+accept))
		if want == "" {
			if got.StatusCode != http.StatusNotAcceptable {
				t.Errorf("Accept: %s gives %d %s", accept, got.StatusCode, got.Header.Get("Content-Type"))
			}
			continue
		}
		if got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") != want {
			t.Errorf("Accept: %s gives %d %s, want %s", accept, got.StatusCode, got.Header.Get("Content-Type"), want)
		}
	}
}

func TestSeveralAcceptLinesCountAsOne(t *testing.T) {
	r := post(document("{me{id}}"))
	r.Header["Accept"] = []string{"text/html", "application/graphql-response+json"}
	if got := do(t, newHandler(t, hello), r); got.Header.Get("Content-Type") != response {
		t.Errorf("got %s", got.Header.Get("Content-Type"))
	}
}

func TestRequestThatCannotBeExecutedHasNoData(t *testing.T) {
	h := newHandler(t, hello)
	const variable = `{"query":"query($a:Boolean!){me@include(if:$a){id}}","variables":{"a":"hunter2"}}`
	for name, c := range map[string]struct{ body, code string }{
		"a document that does not parse":   {document("{me{"), "GRAPHQL_PARSE_FAILED"},
		"a document that does not fit":     {document("{hunter2}"), "GRAPHQL_VALIDATION_FAILED"},
		"an unknown operation":             {`{"query":"query a{me{id}}","operationName":"hunter2"}`, "GRAPHQL_VALIDATION_FAILED"},
		"a variable that does not fit":     {variable, "BAD_USER_INPUT"},
		"a document above the token limit": {document("{" + strings.Repeat("hunter2 ", 1600) + "}"), "COMPLEXITY_LIMIT_EXCEEDED"},
		"a document above another limit":   {document("{" + strings.Repeat("me{id} ", 30) + "}"), "COMPLEXITY_LIMIT_EXCEEDED"},
	} {
		t.Run(name, func(t *testing.T) {
			for media, status := range map[string]int{"application/json": 200, "application/graphql-response+json": 400} {
				got := do(t, h, post(c.body, "Accept: "+media))
				var answer map[string]json.RawMessage
				if err := json.Unmarshal([]byte(got.Body), &answer); err != nil {
					t.Fatal(err)
				}
				if got.StatusCode != status || len(answer) != 1 || !strings.Contains(string(answer["errors"]), c.code) {
					t.Errorf("%s: got %d %s", media, got.StatusCode, got.Body)
				}
				if strings.Contains(got.Body, "hunter2") {
					t.Errorf("quotes the request: %s", got.Body)
				}
			}
		})
	}
}

func TestExecutedRequestIsAlways200(t *testing.T) {
	for name, c := range map[string]struct {
		resp graphql.Response
		want string
	}{
		"errors and data": {graphql.Response{Errors: gqlerror.List{{Message: "no"}}, Data: json.RawMessage(`{"me":null}`)},
			`{"errors":[{"message":"no"}],"data":{"me":null}}`},
		"errors and null": {graphql.Response{Errors: gqlerror.List{{Message: "no"}}, Data: json.RawMessage("null")},
			`{"errors":[{"message":"no"}],"data":null}`},
		"errors and nothing": {graphql.Response{Errors: gqlerror.List{{Message: "no"}}},
			`{"errors":[{"message":"no"}],"data":null}`},
		"data": {graphql.Response{Data: json.RawMessage(`{"me":{"name":"<é🏊>"}}`)},
			`{"data":{"me":{"name":"<é🏊>"}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHandler(t, func(context.Context) *graphql.Response { copied := c.resp; return &copied })
			for _, media := range []string{"application/json", "application/graphql-response+json"} {
				got := do(t, h, post(document("{me{id}}"), "Accept: "+media))
				if got.StatusCode != http.StatusOK || got.Body != c.want {
					t.Errorf("%s: got %d %s", media, got.StatusCode, got.Body)
				}
			}
		})
	}
}

func TestRetryAfterTellsTheLongestWait(t *testing.T) {
	h := newHandler(t, func(ctx context.Context) *graphql.Response {
		for _, wait := range []time.Duration{time.Second, 90 * time.Second, 0} {
			graphql.AddError(ctx, &apperr.Error{Code: apperr.RateLimited, Message: apperr.TooManyAttempts, RetryAfter: wait})
		}
		return &graphql.Response{Data: json.RawMessage("null")}
	})
	got := do(t, h, post(document("{me{id}}")))
	if got.StatusCode != http.StatusOK || got.Header.Get("Retry-After") != "90" {
		t.Errorf("got %d, Retry-After %q", got.StatusCode, got.Header.Get("Retry-After"))
	}
	if got := do(t, newHandler(t, hello), post(document("{me{id}}"))); got.Header.Get("Retry-After") != "" {
		t.Errorf("without a reason: Retry-After %q", got.Header.Get("Retry-After"))
	}
}

func TestPanicIsAnswered(t *testing.T) {
	h := newHandler(t, func(context.Context) *graphql.Response { panic("hunter2") })
	got := do(t, h, post(document("{me{id}}"), "Accept: application/graphql-response+json"))
	if got.StatusCode != http.StatusInternalServerError || strings.Contains(got.Body, "hunter2") ||
		got.Body != `{"errors":[{"message":"An internal error occurred.","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}` {
		t.Errorf("got %d %s", got.StatusCode, got.Body)
	}
}

func TestAbortPasses(t *testing.T) {
	h := newHandler(t, func(context.Context) *graphql.Response { panic(http.ErrAbortHandler) })
	defer func() {
		if got := recover(); !errors.Is(got.(error), http.ErrAbortHandler) {
			t.Errorf("got %v", got)
		}
	}()
	do(t, h, post(document("{me{id}}")))
	t.Error("did not abort")
}

// countingWriter counts what reaches the connection.
type countingWriter struct {
	http.ResponseWriter
	headers, writes int
}

func (w *countingWriter) WriteHeader(status int) { w.headers++; w.ResponseWriter.WriteHeader(status) }

func (w *countingWriter) Write(b []byte) (int, error) { w.writes++; return w.ResponseWriter.Write(b) }

func TestAnswerIsOneWrite(t *testing.T) {
	w := &countingWriter{ResponseWriter: httptest.NewRecorder()}
	newHandler(t, hello).ServeHTTP(w, post(document("{me{id}}")))
	if w.headers != 1 || w.writes != 1 {
		t.Errorf("%d headers, %d writes", w.headers, w.writes)
	}
}

func TestClientThatIsGoneGetsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	h := newHandler(t, func(ctx context.Context) *graphql.Response { cancel(); return hello(ctx) })
	w := &countingWriter{ResponseWriter: httptest.NewRecorder()}
	h.ServeHTTP(w, post(document("{me{id}}")).WithContext(ctx))
	if w.headers+w.writes != 0 {
		t.Errorf("%d headers, %d writes", w.headers, w.writes)
	}
	h.ServeHTTP(w, post(document("{me{id}}")).WithContext(ctx)) // gone before the operation runs
	if w.headers+w.writes != 0 {
		t.Errorf("%d headers, %d writes", w.headers, w.writes)
	}
}

func TestVariablesReachTheResolverAsSent(t *testing.T) {
	var got map[string]any
	h := newHandler(t, func(ctx context.Context) *graphql.Response {
		got = graphql.GetOperationContext(ctx).Variables
		return hello(ctx)
	})
	body, _ := json.Marshal(map[string]any{
		"query": "mutation($i:SaveApartmentColumnsInput!){saveApartmentColumns(input:$i){company{id}}}",
		"variables": map[string]any{
			"i": map[string]any{"externalId": json.Number("12345678901234567890"), "name": json.Number("1.0")},
		},
	})
	do(t, h, post(string(body)))
	want := map[string]any{"i": map[string]any{"externalId": json.Number("12345678901234567890"), "name": json.Number("1.0")}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
}

func BenchmarkRequest(b *testing.B) {
	h := newHandler(b, hello)
	body := document("{me{email role companyId passwordChangedAt}}")
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), post(body))
	}
}
