package transport_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
)

func TestValidRequestIsExecuted(t *testing.T) {
	h := newHandler(t, hello)
	for name, r := range map[string]*http.Request{
		"POST with every member":      post(`{"query":"query q{me{id}}","operationName":"q","variables":{"a":1},"extensions":{"b":2}}`),
		"POST with the charset utf8":  post(`{"query":"{me{id}}"}`, "Content-Type: application/json;charset=utf8"),
		"POST with a byte order mark": post("\xef\xbb\xbf{\"query\":\"{me{id}}\"}"),
		"POST with white space":       post(" \n{\"query\":\"{me{id}}\"}\r\n "),
		"POST with identity encoding": post(`{"query":"{me{id}}"}`, "Content-Encoding: identity"),
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

func TestMemberNamesMatchExactlyAndTheLastOneApplies(t *testing.T) {
	var got *graphql.OperationContext
	h := newHandler(t, func(ctx context.Context) *graphql.Response {
		got = graphql.GetOperationContext(ctx)
		return hello(ctx)
	})
	const document = "query a($e:String $n:String){me{id company{a:auditLog(after:$e){edges{cursor}} b:auditLog(after:$n){edges{cursor}}}}} query b{me{id}}"
	for name, c := range map[string]struct {
		members, operation, variables, extensions string
	}{
		"other case": {
			`"query":"Q","operationName":"a","variables":{"e":"5"},"extensions":{"x":1},
			"Query":"mutation{removePmsIntegration{company{id}}}","OPERATIONNAME":"b","Variables":{"e":"7"},"extensionſ":{"x":2}`,
			"a", `{"e":"5"}`, `{"x":1}`,
		},
		"twice": {
			`"query":"{me{email}}","operationName":"b","variables":{"e":"5","n":"6"},"extensions":{"x":1},
			"query":"Q","operationName":"a","variables":{"e":"7"},"extensions":{"y":2}`,
			"a", `{"e":"7"}`, `{"y":2}`,
		},
		"twice, null last": {
			`"query":"Q","operationName":"b","operationName":"a","variables":{"e":"5"},"variables":null,"extensions":{"x":1},"extensions":null`,
			"a", `{}`, `null`,
		},
		"escaped": {`"\u0071uery":"Q","operationNam\u0065":"a"`, "a", `{}`, `null`},
	} {
		t.Run(name, func(t *testing.T) {
			got = nil
			resp := do(t, h, post("{"+strings.ReplaceAll(c.members, `"Q"`, strconv.Quote(document))+"}"))
			if got == nil {
				t.Fatalf("not executed: %s", resp.Body)
			}
			variables, _ := json.Marshal(got.Variables)
			extensions, _ := json.Marshal(got.Extensions)
			if got.RawQuery != document || got.Operation.Name != c.operation || string(variables) != c.variables || string(extensions) != c.extensions {
				t.Errorf("executed %s %s with %s %s", got.Operation.Name, got.RawQuery, variables, extensions)
			}
		})
	}
}

func TestPanicIsAnInternalError(t *testing.T) {
	h := newHandler(t, func(context.Context) *graphql.Response { panic("hunter2") })
	got := do(t, h, post(document("{me{id}}"), "Accept: application/graphql-response+json"))
	if got.StatusCode != http.StatusInternalServerError || strings.Contains(got.Body, "hunter2") || strings.Contains(got.Body, "data") ||
		!strings.Contains(got.Body, `"code":"INTERNAL_SERVER_ERROR"`) {
		t.Errorf("got %d %s", got.StatusCode, got.Body)
	}
}

func TestErrAbortHandlerIsNotRecovered(t *testing.T) {
	h := newHandler(t, func(context.Context) *graphql.Response { panic(http.ErrAbortHandler) })
	defer func() {
		if got := recover(); !errors.Is(got.(error), http.ErrAbortHandler) {
			t.Errorf("got %v", got)
		}
	}()
	do(t, h, post(document("{me{id}}")))
	t.Error("did not abort")
}

func TestNoResponseAfterTheClientDisconnects(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	h := newHandler(t, func(ctx context.Context) *graphql.Response { cancel(); return hello(ctx) })
	w := &countingWriter{ResponseWriter: httptest.NewRecorder()}
	h.ServeHTTP(w, post(document("{me{id}}")).WithContext(ctx))
	if w.headers+w.writes != 0 {
		t.Errorf("%d headers, %d writes", w.headers, w.writes)
	}
	h.ServeHTTP(w, post(document("{me{id}}")).WithContext(ctx)) // disconnected before the operation runs
	if w.headers+w.writes != 0 {
		t.Errorf("%d headers, %d writes", w.headers, w.writes)
	}
}
