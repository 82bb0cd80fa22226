package audit

import (
	"net/http"
	"slices"
	"strings"
)

const (
	hello = "{__typename}"
	save  = `mutation{saveLateCheckInConfig(input:{cutoff:"20:00"}){company{id}}}`
)

// Exchanges that several requirements need.
var (
	plain         = exchange{body: document(hello), status: 200, result: "data"}
	partial       = exchange{body: document("{me{company{auditLog{nodes{id}}}}}"), status: 294, result: "data errors"}
	longHeader    = exchange{body: document(hello), header: "X-Long: " + strings.Repeat("x", 80<<10), status: 431}
	foreignOrigin = exchange{body: document(hello), header: "Origin: https://other.example", status: 403, result: "errors", media: mediaJSON}
)

// requirements are the requirements of GraphQL over HTTP, September 2026, that concern a
// server, in the order of its text. The level "is" marks a statement without a key word.
var requirements = []requirement{
	{section: "URL", level: "MUST", text: "serves a GraphQL schema at a URL", exchanges: []exchange{
		plain,
		{body: document("mutation{__typename}"), status: 200, result: "data"},
	}},
	{section: "URL", level: "SHOULD", text: "forbids a request with 4xx or 5xx", exchanges: []exchange{foreignOrigin}},
	{section: "URL", level: "SHOULD NOT", text: "forbids a request because of its document", exchanges: []exchange{
		{body: document("{me{role company{auditLog{nodes{id}}}}}"), status: 294, result: "data errors", says: `"auditLog":null`},
	}},
	{section: "Serialization Format", level: "MUST", text: "supports JSON", exchanges: []exchange{
		{body: document(hello), status: 200, result: "data", says: `{"data":{"__typename":"Query"}}`},
	}},
	{section: "Media Types", level: "MUST", text: "assumes UTF-8 in `Content-Type` and `Accept`", exchanges: []exchange{
		{body: `{"query":"{__typename #é🏊\n}"}`, status: 200, result: "data"},
		{body: document(hello), accept: mediaResponse + ";charset=utf-8", media: mediaResponse, status: 200, result: "data"},
	}},
	{section: "Request", level: "MUST", text: "supports POST", exchanges: []exchange{plain}},
	{section: "GET", level: "MUST", text: "reads the parameters from the query of the URL", exchanges: []exchange{
		{method: http.MethodGet, url: query("query", "query a($x:Boolean!){__typename@skip(if:$x)} query b{me{role}}", "operationName", "a", "variables", `{"x":false}`, "extensions", `{"y":1}`),
			status: 200, result: "data", says: "__typename"},
	}},
	{section: "GET", level: "MUST", text: "reads `variables` and `extensions` as JSON", exchanges: []exchange{
		{method: http.MethodGet, url: query("query", hello, "variables", "x=1"), status: 400, result: "errors"},
		{method: http.MethodGet, url: query("query", hello, "extensions", "{"), status: 400, result: "errors"},
	}},
	{section: "GET", level: "is", text: "treats an empty optional parameter as absent", exchanges: []exchange{
		{method: http.MethodGet, url: query("query", hello, "operationName", "", "variables", "", "extensions", ""), status: 200, result: "data"},
	}},
	{section: "GET", level: "is", text: "reads `operationName=null` as a name", exchanges: []exchange{
		{method: http.MethodGet, url: query("query", "query null{__typename} query a{me{role}}", "operationName", "null"), status: 200, result: "data", says: "__typename"},
	}},
	{section: "GET", level: "MUST NOT", text: "executes a mutation", exchanges: []exchange{
		{admin: true, method: http.MethodGet, url: query("query", `mutation{saveLateCheckInConfig(input:{cutoff:"01:23"}){company{id}}}`), status: 405, result: "errors", allow: "POST"},
		{method: http.MethodGet, url: query("query", "{me{company{lateCheckIn{cutoff}}}}"), status: 200, result: "data", says: `"20:00"`},
	}},
	{section: "GET", level: "SHOULD", text: "responds to a mutation with 405", exchanges: []exchange{
		{method: http.MethodGet, url: query("query", "query a{__typename} "+"mutation b"+strings.TrimPrefix(save, "mutation"), "operationName", "b"), status: 405, result: "errors", allow: "POST"},
	}},
	{section: "POST", level: "MUST", text: "supports `application/json` in UTF-8", exchanges: []exchange{
		{body: document(hello), sent: "application/json; charset=utf-8", status: 200, result: "data"},
	}},
	{section: "POST", level: "MUST", text: "assumes UTF-8 without a charset", exchanges: []exchange{
		{body: `{"query":"{__typename #ñ\n}"}`, status: 200, result: "data"},
		{body: "{\"query\":\"{__typename #\xf1\\n}\"}", status: 400, result: "errors"},
	}},
	{section: "POST", level: "SHOULD", text: "refuses a request without `Content-Type` with 4xx", exchanges: []exchange{
		{body: document(hello), sent: "none", status: 415, result: "errors"},
	}},
	{section: "JSON Encoding", level: "MUST", text: "ignores unknown members", exchanges: []exchange{
		{body: `{"query":"{__typename}","id":7,"Query":"{"}`, status: 200, result: "data"},
	}},
	{section: "JSON Encoding", level: "is", text: "treats null for an optional parameter as absent", exchanges: []exchange{
		{body: `{"query":"{__typename}","operationName":null,"variables":null,"extensions":null}`, status: 200, result: "data"},
	}},
	{section: "Response", level: "must", text: "complies with RFC 9110, such as `Allow` with 405", exchanges: []exchange{
		{method: http.MethodDelete, status: 405, result: "errors", allow: "GET, POST"},
	}},
	{section: "Body", level: "MUST", text: "encodes the result in the chosen media type, without `data` for a request error", exchanges: []exchange{
		plain,
		{body: document("{"), status: 400, result: "errors"},
		{body: document("{x}"), status: 422, result: "errors"},
	}},
	{section: "Body", level: "MUST", text: "sends `Content-Type`", exchanges: []exchange{plain}},
	{section: "Body", level: "SHOULD", text: "sends the charset", exchanges: []exchange{
		{body: document(hello), accept: mediaJSON, status: 200, result: "data"},
	}},
	{section: "Body", level: "MUST", text: "supports `application/graphql-response+json`", exchanges: []exchange{
		{body: document(hello), accept: mediaResponse, status: 200, result: "data"},
	}},
	{section: "Body", level: "MUST", text: "chooses the supported media type of the highest priority in `Accept`", exchanges: []exchange{
		{body: document(hello), accept: "application/graphql-response+json, application/json;q=0.9", media: mediaResponse, status: 200, result: "data"},
		{body: document(hello), accept: "application/graphql-response+json;q=0.8, application/json", media: mediaJSON, status: 200, result: "data"},
		{body: document(hello), accept: "text/html, application/graphql-response+json;q=0.1", media: mediaResponse, status: 200, result: "data"},
	}},
	{section: "Body", level: "MUST", text: "responds 406 or ignores an unsupported `Accept`", exchanges: []exchange{
		{body: document(hello), accept: "text/html", media: mediaJSON, status: 406, result: "errors"},
	}},
	{section: "Body", level: "SHOULD", text: "responds 406 when `Accept` has neither its media type nor `application/json`", exchanges: []exchange{
		{body: document(hello), accept: "text/html, image/*;q=0.5", media: mediaJSON, status: 406, result: "errors"},
	}},
	{section: "Body", level: "SHOULD", text: "uses the statuses below for a client that accepts only `application/json`, too",
		answer: "no: [older clients get 200](decisions/0021-statuses-for-older-clients.md)", exchanges: []exchange{
			{body: document("{me{company{auditLog{nodes{id}}}}}"), accept: mediaJSON, status: 200, result: "data errors"},
			{body: document("{"), accept: mediaJSON, status: 200, result: "errors"},
			{body: document("{x}"), accept: "*/*", media: mediaJSON, status: 200, result: "errors"},
			{body: `{"query":"query($x:Boolean!){__typename@skip(if:$x)}"}`, accept: "none", media: mediaJSON, status: 200, result: "errors"},
			{body: `{"query":7}`, accept: mediaJSON, status: 400, result: "errors"},
		}},
	{section: "Validation", level: "SHOULD", text: "applies all validation rules", exchanges: invalid(
		"query a{__typename} query a{__typename}", "{__typename} query a{__typename}", // 5.2 operations
		"{x}", "{me}", "{me{a:id a:role}}", // 5.3 fields
		"{me(x:1){id}}", "mutation{login{token}}", "{__type(name:\"A\",name:\"B\"){name}}", // 5.4 arguments
		"{...a}", "{__typename} fragment a on Query{__typename}", "{...on Role{id}}", "{...on User{id}}", // 5.5 fragments
		`mutation{login(input:{email:7,password:"x"}){token}}`, `mutation{login(input:{x:1}){token}}`, `mutation{saveLateCheckInConfig(input:{cutoff:"24:00"}){company{id}}}`, // 5.6 values
		"{me@x{id}}", "{...@defer{me{id}}}", "query@skip(if:true){me{id}}", "{me@skip(if:true)@skip(if:true){id}}", // 5.7 directives
		"query($a:Int){__typename}", "{me@skip(if:$a){id}}", "query($a:User){__typename}", "query($a:String){me@skip(if:$a){id}}", // 5.8 variables
	)},
	{section: "Execution", level: "is", text: "follows ExecuteRequest()", exchanges: []exchange{
		{body: document("{a:__typename me{role}}"), status: 200, result: "data", says: `{"data":{"a":"Query","me":{"role":"OPERATOR"}}}`},
		{body: document(`"description" query a{__typename}`), status: 200, result: "data"},
	}},
	{section: "Status Codes", level: "SHOULD", text: "responds 4xx or 5xx when it cannot form a response", exchanges: []exchange{longHeader}},
	{section: "Status Codes", level: "MUST NOT", text: "sends that as `application/graphql-response+json`", exchanges: []exchange{longHeader}},
	{section: "Status Codes", level: "MUST", text: "responds 2xx when `data` is not null", exchanges: []exchange{
		plain,
		partial,
	}},
	{section: "Status Codes", level: "SHOULD", text: "responds 200 for `data` without `errors`", exchanges: []exchange{
		{body: document("{me{role}}"), status: 200, result: "data"},
	}},
	{section: "Status Codes", level: "SHOULD", text: "responds 294 for `data`, even null, with `errors`", exchanges: []exchange{
		partial,
		{body: document(save), status: 294, result: "data errors", says: `"data":null`},
		{method: http.MethodGet, url: query("query", "{me{company{auditLog(first:0){nodes{id}}}}}"), status: 294, result: "data errors"},
	}},
	{section: "Status Codes", level: "MUST", text: "responds 4xx or 5xx when there is no `data`", exchanges: []exchange{
		{body: document("{"), status: 400, result: "errors"},
		{body: document("{x}"), status: 422, result: "errors"},
	}},
	{section: "Status Codes", level: "SHOULD", text: "405 for another method, and for a mutation with GET", exchanges: []exchange{
		{method: http.MethodPut, body: document(hello), status: 405, result: "errors", allow: "GET, POST"},
		{method: http.MethodGet, url: query("query", save), status: 405, result: "errors", allow: "POST"},
	}},
	{section: "Status Codes", level: "SHOULD", text: "415 for another `Content-Type`", exchanges: []exchange{
		{body: hello, sent: "application/graphql", status: 415, result: "errors"},
		{body: "query=" + hello, sent: "application/x-www-form-urlencoded", status: 415, result: "errors"},
	}},
	{section: "Status Codes", level: "SHOULD", text: "406 for an `Accept` without a supported type or `application/json`", exchanges: []exchange{
		{method: http.MethodGet, url: query("query", hello), accept: "text/html", media: mediaJSON, status: 406, result: "errors"},
	}},
	{section: "Status Codes", level: "SHOULD", text: "408 for a client that is too slow", answer: "yes for the body; slow headers end the connection"}, // TestSlowBodyIs408
	{section: "Status Codes", level: "SHOULD", text: "414 for a URL that is too long", answer: "yes, from 32 to 64 KiB; beyond that 431", exchanges: []exchange{
		{method: http.MethodGet, url: query("query", "#"+strings.Repeat("x", 33<<10)), status: 414, result: "errors"},
	}},
	{section: "Status Codes", level: "SHOULD", text: "431 for headers that are too large", exchanges: []exchange{longHeader}},
	{section: "Status Codes", level: "SHOULD", text: "413 for a body that is too large", exchanges: []exchange{
		{body: document("#" + strings.Repeat("x", 64<<10)), status: 413, result: "errors"},
	}},
	{section: "Status Codes", level: "SHOULD", text: "400 for a body that is not JSON", exchanges: []exchange{
		{body: "NONSENSE", status: 400, result: "errors"},
		{body: `{"query":`, status: 400, result: "errors"},
		{body: "", status: 400, result: "errors"},
	}},
	{section: "Status Codes", level: "SHOULD", text: "422 for a request that is not well-formed", exchanges: []exchange{
		{body: `{"qeury":"{__typename}"}`, status: 422, result: "errors"},
		{body: `{"query":7}`, status: 422, result: "errors"},
		{body: `{"query":null}`, status: 422, result: "errors"},
		{body: `{"query":"{__typename}","operationName":7}`, status: 422, result: "errors"},
		{body: `{"query":"{__typename}","variables":[7]}`, status: 422, result: "errors"},
		{body: `{"query":"{__typename}","extensions":"x"}`, status: 422, result: "errors"},
		{body: `[{"query":"{__typename}"}]`, status: 422, result: "errors"},
		{body: "7", status: 422, result: "errors"},
		{method: http.MethodGet, url: "/graphql", status: 422, result: "errors"},
		{method: http.MethodGet, url: query("query", hello, "variables", "[7]"), status: 422, result: "errors"},
	}},
	{section: "Status Codes", level: "SHOULD", text: "400 for a document that cannot be parsed", exchanges: []exchange{
		{body: document("{"), status: 400, result: "errors"},
		{body: document(""), status: 400, result: "errors"},
		{body: document("# no definition"), status: 400, result: "errors"},
		{method: http.MethodGet, url: query("query", "{"), status: 400, result: "errors"},
	}},
	{section: "Status Codes", level: "SHOULD", text: "422 for a document that is not valid", exchanges: []exchange{
		{body: document("{x}"), status: 422, result: "errors"},
		{body: document("{" + strings.Repeat("me{id} ", 11) + "}"), status: 422, result: "errors", says: "COMPLEXITY_LIMIT_EXCEEDED"},
		{body: document("#" + strings.Repeat("\n#", 1500) + "\n" + hello), status: 422, result: "errors", says: "COMPLEXITY_LIMIT_EXCEEDED"},
	}},
	{section: "Status Codes", level: "SHOULD", text: "422 for an operation that cannot be determined", exchanges: []exchange{
		{body: document("query a{__typename} query b{__typename}"), status: 422, result: "errors"},
		{body: `{"query":"query a{__typename}","operationName":"b"}`, status: 422, result: "errors"},
		{body: document("fragment a on Query{__typename}"), status: 422, result: "errors"},
	}},
	{section: "Status Codes", level: "SHOULD", text: "422 for variables that cannot be coerced", exchanges: slices.Concat(
		variables(`query($v:Boolean!){__typename@skip(if:$v)}`, `{}`, `{"v":null}`, `{"v":"true"}`, `{"v":[true]}`),
		variables(`mutation($v:LocalTime!){saveLateCheckInConfig(input:{cutoff:$v}){company{id}}}`, `{"v":"24:00"}`, `{"v":7}`, `{"v":["20:00"]}`),
		variables(`mutation($v:SaveLateCheckInConfigInput!){saveLateCheckInConfig(input:$v){company{id}}}`,
			`{"v":{"cutoff":"24:00"}}`, `{"v":{"cutoff":"20:00","columns":{"phone":"AAA"}}}`, `{"v":{"cutoff":"20:00","x":1}}`),
	)},
	{section: "Status Codes", level: "SHOULD", text: "401 or 403 when the client may not send the request", exchanges: []exchange{foreignOrigin}},
	{section: "Status Codes", level: "SHOULD", text: "418 for a teapot", answer: "does not apply"},
	{section: "Status Codes", level: "SHOULD", text: "503 when the server cannot execute requests",
		answer: "does not apply: without its database or under load the server executes the operation, and the fields that need them fail"},
}

// invalid returns exchanges with documents that are not valid.
func invalid(documents ...string) (list []exchange) {
	for _, text := range documents {
		list = append(list, exchange{body: document(text), status: 422, result: "errors"})
	}
	return list
}

// variables returns exchanges with variables that do not fit a document.
func variables(text string, values ...string) (list []exchange) {
	for _, value := range values {
		body := strings.TrimSuffix(document(text), "}") + `,"variables":` + value + "}"
		list = append(list, exchange{body: body, status: 422, result: "errors", says: "BAD_USER_INPUT"})
	}
	return list
}
