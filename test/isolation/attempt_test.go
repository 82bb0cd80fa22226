package isolation_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// attempt is a request of a user of one company, and its response.
type attempt struct {
	request
	own  *tenant
	self *testdb.UserRow
	call *http.Request
	sent map[string]any // the body or the variables

	text string // the whole response, see responseText
	err  error
}

// prepare draws a request of a company's user, sometimes with a token that claims
// another company.
func prepare(t *testing.T, r *rapid.T, server *testserver.Server, tenants []*tenant, own *tenant, self *testdb.UserRow) *attempt {
	s := requestInput{
		own:    own,
		self:   self,
		seen:   rapid.SampledFrom(tenants).Draw(r, "whose versions").seen,
		number: rapid.IntRange(0, 200).Draw(r, "number"),
	}
	claims := *self
	claims.CompanyID = rapid.SampledFrom(tenants).Draw(r, "claimed company").company.ID
	claims.Role = rapid.SampledFrom([]string{"admin", "operativo"}).Draw(r, "claimed role")
	a := &attempt{request: rapid.SampledFrom(requests).Draw(r, "request"), own: own, self: self}
	a.call, a.sent = a.make(r, server.URL, s)
	token := server.Token(t, claims)
	if a.anyToken {
		holder := *rapid.SampledFrom(rapid.SampledFrom(tenants).Draw(r, "token's company").users).Draw(r, "token's user")
		token = rapid.SampledFrom([]string{"", "not.a.token", expiredToken(t, holder), server.Token(t, holder)}).Draw(r, "token")
	}
	a.call.Header.Set("Authorization", "Bearer "+token)
	return a
}

// send sends the request. It may run concurrently with other attempts.
func (a *attempt) send(client *http.Client) {
	response, err := client.Do(a.call)
	if err != nil {
		a.err = err
		return
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		a.err = err
		return
	}
	if response.StatusCode >= http.StatusInternalServerError {
		a.err = fmt.Errorf("%d %s", response.StatusCode, body)
		return
	}
	if a.newPassword != nil && response.StatusCode == http.StatusOK && (a.query == "" || strings.Contains(string(body), `"token":"`)) {
		a.self.Password = a.newPassword(a.sent)
	}
	a.text, a.err = responseText(response.Header, string(body))
}

// make returns the HTTP request and its body or variables.
func (q request) make(r *rapid.T, url string, s requestInput) (call *http.Request, sent map[string]any) {
	var body any
	if q.fields != nil {
		sent = q.fields(s)
		body = sent
	}
	if q.query != "" {
		if q.version != nil && rapid.Bool().Draw(r, "conditional") {
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
	return call, sent
}

// claimsIn matches tokens and captures their claims.
var claimsIn = regexp.MustCompile(`eyJ[\w-]+\.([\w-]+)\.[\w-]+`)

// responseText returns the headers, the body, and the decoded claims of the tokens
// in the body.
func responseText(header http.Header, body string) (string, error) {
	var all strings.Builder
	if err := header.Write(&all); err != nil {
		return "", err
	}
	all.WriteString(body)
	for _, token := range claimsIn.FindAllStringSubmatch(body, -1) {
		claims, err := base64.RawURLEncoding.DecodeString(token[1])
		if err != nil {
			return "", err
		}
		all.Write(claims)
	}
	return all.String(), nil
}
