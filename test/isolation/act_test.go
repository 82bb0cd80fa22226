package isolation_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/stay-sidekick/profile-server/internal/testserver"
)

// act lets a user of the company make a request, sometimes with a token that
// claims another company. It returns the request's name and all that the answer
// says.
func act(t *testing.T, r *rapid.T, server *testserver.Server, tenants []*tenant, own int) (name, answer string) {
	q := rapid.SampledFrom(requests).Draw(r, "request")
	s := scene{
		own:    tenants[own],
		self:   rapid.SampledFrom(tenants[own].users).Draw(r, "user"),
		seen:   rapid.SampledFrom(tenants).Draw(r, "whose versions").seen,
		number: rapid.IntRange(0, 200).Draw(r, "number"),
	}
	claims := *s.self
	claims.CompanyID = rapid.SampledFrom(tenants).Draw(r, "claimed company").company.ID
	claims.Role = rapid.SampledFrom([]string{"admin", "operativo"}).Draw(r, "claimed role")

	call, sent := q.make(r, server.URL, s)
	response := server.Request(t, call, server.Token(t, claims))
	text, err := io.ReadAll(response.Body)
	if err != nil {
		r.Fatal(err)
	}
	if response.StatusCode >= http.StatusInternalServerError {
		r.Fatalf("%s: %d %s", q.name, response.StatusCode, text)
	}
	if q.newPassword != nil && response.StatusCode == http.StatusOK && !strings.Contains(string(text), `"code"`) {
		s.self.Password = q.newPassword(sent)
	}
	return q.name, told(r, response, string(text))
}

// make returns the HTTP request, and the body or the variables that it has.
func (q request) make(r *rapid.T, url string, s scene) (call *http.Request, sent map[string]any) {
	var body any
	if q.fields != nil {
		sent = q.fields(s)
		body = sent
	}
	conditional := rapid.Bool().Draw(r, "conditional")
	if q.query != "" {
		if conditional && q.version != nil {
			sent["v"] = q.version(s.seen)
		}
		body = map[string]any{"query": q.query, "variables": sent}
	}
	text, err := json.Marshal(body)
	if err != nil {
		r.Fatal(err)
	}
	if call, err = http.NewRequest(q.method, url+q.path, strings.NewReader(string(text))); err != nil {
		r.Fatal(err)
	}
	call.Header.Set("Content-Type", "application/json")
	if conditional && q.query == "" && q.version != nil {
		condition := rapid.SampledFrom([]string{"If-Match", "If-Match", "If-None-Match"}).Draw(r, "condition")
		call.Header.Set(condition, `"`+q.version(s.seen)+`"`)
	}
	return call, sent
}

// claimsIn finds what the tokens in an answer say.
var claimsIn = regexp.MustCompile(`eyJ[\w-]+\.([\w-]+)\.[\w-]+`)

// told is all that an answer says: its headers, its body, and what is encoded in
// the body's tokens.
func told(r *rapid.T, response *http.Response, body string) string {
	var all strings.Builder
	if err := response.Header.Write(&all); err != nil {
		r.Fatal(err)
	}
	all.WriteString(body)
	for _, token := range claimsIn.FindAllStringSubmatch(body, -1) {
		claims, err := base64.RawURLEncoding.DecodeString(token[1])
		if err != nil {
			r.Fatal(err)
		}
		all.Write(claims)
	}
	return all.String()
}
