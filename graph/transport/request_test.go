package transport_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
)

func TestInvalidRequestIsRejected(t *testing.T) {
	h := newHandler(t, func(context.Context) *graphql.Response {
		t.Error("executed")
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
		"no JSON":                      {post("hunter2"), 400, "The body is not valid JSON."},
		"two objects":                  {post(`{"query":"{me{id}}"}{"query":"hunter2"}`), 400, "The body is not valid JSON."},
		"text after the object":        {post(`{"query":"{me{id}}"}]`), 400, "The body is not valid JSON."},
		"a batch":                      {post(`[{"query":"{hunter2}"}]`), 422, "cannot be sent in a batch"},
		"null":                         {post(`null`), 422, "must be a JSON object"},
		"no query":                     {post(`{"hunter2":"{me{id}}"}`), 422, "query is missing"},
		"an empty query":               {post(`{"query":""}`), 400, "query is missing"},
		"a number for the query":       {post(`{"query":7}`), 422, "query must be a string."},
		"a list for the name":          {post(`{"query":"{me{id}}","operationName":["hunter2"]}`), 422, "operationName must be a string."},
		"text for the variables":       {post(`{"query":"{me{id}}","variables":"hunter2"}`), 422, "variables must be a JSON object."},
		"text for the extensions":      {post(`{"query":"{me{id}}","extensions":"hunter2"}`), 422, "extensions must be a JSON object."},
		"broken UTF-8":                 {post("{\"query\":\"{me{id}}#hunter2\xff\"}"), 400, "not valid UTF-8"},
		"deep JSON":                    {post(`{"query":"{me{id}}","variables":{"a":` + strings.Repeat("[", 20000)), 400, "not valid JSON"},
		"a large body":                 {post(`{"query":"#` + strings.Repeat("x", 64<<10)), 413, "longer than 64 KiB"},
		"a large body, wrong type":     {post(strings.Repeat("x", 64<<10+1), form), 413, "longer than 64 KiB"},
		"no content type":              {post(`{"query":"{me{id}}"}`, "Content-Type: "), 415, "application/json"},
		"a form":                       {post(`query=hunter2`, form), 415, "application/json"},
		"another charset":              {post(`{"query":"{me{id}}"}`, "Content-Type: application/json; charset=iso-8859-1"), 415, "charset"},
		"a compressed body":            {post(`{"query":"{me{id}}"}`, "Content-Encoding: gzip"), 415, "compressed"},
		"an unsupported media type":    {post(`{"query":"{me{id}}"}`, "Accept: text/hunter2"), 406, "application/json"},
		"GET with a long URL":          {get("query=" + strings.Repeat("x", 32<<10)), 414, "longer than 32 KiB"},
		"GET without a query":          {get("hunter2=1"), 422, "query is missing"},
		"GET that is not well formed":  {get("query=%7Bme%7Bid%7D%7D&x=%zz"), 400, "not well formed"},
		"GET with broken UTF-8":        {get("query=%7Bme%7Bid%7D%7D%23%ff"), 400, "not valid UTF-8"},
		"GET with broken variables":    {get("query=%7Bme%7Bid%7D%7D&variables=hunter2"), 400, "variables must be a JSON object."},
		"GET with a list of variables": {get("query=%7Bme%7Bid%7D%7D&variables=[]"), 422, "variables must be a JSON object."},
		"GET with broken extensions":   {get("query=%7Bme%7Bid%7D%7D&extensions=7"), 422, "extensions must be a JSON object."},
		"GET of a mutation":            {get("query=mutation%7BremovePmsIntegration%7Bcompany%7Bid%7D%7D%7D"), 405, "Only queries"},
		"PUT":                          {httptest.NewRequest(http.MethodPut, "/graphql", strings.NewReader(`{"query":"{me{id}}"}`)), 405, "Use POST"},
		"an unknown method":            {httptest.NewRequest("HUNTER2", "/graphql", nil), 405, "Use POST"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.r.Header.Get("Accept") == "" {
				c.r.Header.Set("Accept", mediaResponse)
			}
			got := do(t, h, c.r)
			var body graphql.Response
			if err := json.Unmarshal([]byte(got.Body), &body); err != nil || len(body.Errors) != 1 {
				t.Fatalf("got %d %s", got.StatusCode, got.Body)
			}
			if got.StatusCode != c.status || !strings.Contains(body.Errors[0].Message, c.says) {
				t.Errorf("got %d %s, want %d and %q", got.StatusCode, got.Body, c.status, c.says)
			}
			if body.Errors[0].Extensions["code"] != "BAD_USER_INPUT" || strings.Contains(got.Body, `"data"`) {
				t.Errorf("got %s", got.Body)
			}
			if strings.Contains(strings.ToLower(got.Body), "hunter2") {
				t.Errorf("quotes the request: %s", got.Body)
			}
		})
	}
}

func TestBodyIsAtMost64KiB(t *testing.T) {
	body := `{"query":"{me{id}}#`
	body += strings.Repeat("x", 64<<10-len(body)-2) + `"}`
	if got := do(t, newHandler(t, hello), post(body)); got.StatusCode != http.StatusOK {
		t.Errorf("%d bytes: %d %s", len(body), got.StatusCode, got.Body)
	}
	chunked := post(body + " ")
	chunked.ContentLength = -1
	if got := do(t, newHandler(t, hello), chunked); got.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("one more byte without Content-Length: got %d", got.StatusCode)
	}
}
