package transport_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/test/support/attack"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

func TestRunningServerAnswersAttacksCheaply(t *testing.T) {
	s := testserver.New(t, testdb.Own)
	people := s.People(t)
	token := s.Token(t, people.Admin)
	fillAuditLog(t, s, people.Company)
	var highest time.Duration
	var name string
	for _, a := range attack.All() {
		if size := len(a.Body()); size > 64<<10 {
			t.Errorf("%s is no attack: its %d bytes are refused unread", a.Name, size)
		}
		var got *testserver.Response
		cost := attack.Cost(func() {
			got = s.Post(t, token, a.Body())
			a.Query = " " + strings.TrimSuffix(a.Query, " ") // another text of the same length, where it ends in spaces
		})
		if cost > attack.MaxCost {
			t.Errorf("%s: cost %v of processor time", a.Name, cost)
		}
		if cost > highest {
			highest, name = cost, a.Name
		}
		if got.Status != http.StatusOK && got.Status != http.StatusBadRequest {
			t.Errorf("%s: got %d %.200s", a.Name, got.Status, got.Body)
		}
		if got.Code() == "INTERNAL_SERVER_ERROR" || got.Code() != "" && strings.HasSuffix(a.Name, "up to the limit") {
			t.Errorf("%s: got %.200s", a.Name, got.Body)
		}
	}
	t.Logf("figure: limits: of %d attacks over HTTP the costliest takes %v of processor time: %s", len(attack.All()), highest, name)
	if got := s.Query(t, token, "{me{id}}", nil); got.Code() != "" {
		t.Errorf("after the attacks: %s", got.Body)
	}
}

// fillAuditLog writes more entries than an operation can ask for, each with as
// many changes as one ever has.
func fillAuditLog(t *testing.T, s *testserver.Server, company testdb.CompanyRow) {
	t.Helper()
	_, err := s.Pool.Exec(t.Context(), `insert into profile.audit_log (at, kind, company_id, actor_email, address, request_id, changes)
		select now(), 'LATE_CHECK_IN_CONFIG_SAVED', $1, 'admin@example.com', '192.0.2.1', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
			(select jsonb_agg(jsonb_build_object('field', 'columns.arrivalTime', 'old', 'A', 'new', 'B')) from generate_series(1, 6))
		from generate_series(1, 300)`, company.ID)
	if err != nil {
		t.Fatal(err)
	}
}

// astray are requests that hold a secret in a place where it does not belong.
var astray = []string{
	canary, `{"` + canary + `":1}`, `["` + canary + `"]`, `{"query":"{me{id}}","variables":"` + canary + `"}`,
	`{"query":"{` + canary + `}"}`, `{"query":"{me{id}} ` + canary + `"}`, `{"query":"\"` + canary + `\""}`,
	`{"query":"{me(a:\"` + canary + `\"){id}}"}`, `{"query":"query ` + canary + `{me{id}}","operationName":"` + canary + `x"}`,
	`{"query":"mutation{login(input:{email:\"a@example.com\",password:` + canary + `}){token}}"}`,
	`{"query":"mutation{login(input:{email:` + canary + `,password:[\"` + canary + `\"]}){token}}"}`,
	`{"query":"mutation{login(input:{email:\"a@example.com\",password:{` + canary + `:1}}){token}}"}`,
	`{"query":"mutation{login(input:{email:\"a@example.com\",password:\"` + canary + strings.Repeat("x", 200) + `\"}){token}}"}`,
	`{"query":"mutation{setPmsIntegration(input:{provider:` + canary + `,apiKey:\"` + canary + `\"}){company{id}}}"}`,
	`{"query":"mutation($i:SetPmsIntegrationInput!){setPmsIntegration(input:$i){company{id}}}","variables":{"i":{"provider":"` + canary + `","apiKey":["` + canary + `"]}}}`,
	`{"query":"mutation($i:SetPmsIntegrationInput!){setPmsIntegration(input:$i){company{id}}}","variables":{"i":{"provider":"BEDS24","apiKey":{"` + canary + `":"` + canary + `"}}}}`,
	`{"query":"mutation($i:SetPmsIntegrationInput!){setPmsIntegration(input:$i){company{id}}}","variables":{"i":{"` + canary + `":"` + canary + `"}}}`,
	`{"query":"mutation($p:PmsProvider!){setPmsIntegration(input:{provider:$p,apiKey:\"` + canary + `\"}){company{id}}}","variables":{"p":"` + canary + `"}}`,
	`{"query":"mutation($i:SaveApartmentColumnsInput!){saveApartmentColumns(input:$i){company{id}}}","variables":{"i":{"externalId":"` + canary + `","name":1e999}}}`,
	`{"query":"mutation($i:SaveLateCheckInConfigInput!){saveLateCheckInConfig(input:$i){company{id}}}","variables":{"i":{"cutoff":"` + canary + `"}}}`,
	`{"query":"query($b:Boolean!){me@include(if:$b){id}}","variables":{"b":"` + canary + `"}}`,
	`{"query":"{__type(name:[\"` + canary + `\"]){name}}"}`,
}

func TestRunningServerNeverRepeatsASecretThatWentAstray(t *testing.T) {
	for _, introspection := range []bool{true, false} {
		s := testserver.New(t, testdb.Own, func(c *config.Config) { c.Introspection = introspection })
		token := s.Token(t, s.People(t).Admin)
		for _, body := range astray {
			got := s.Post(t, token, body)
			if len(got.Errors) == 0 || got.Code() == "INTERNAL_SERVER_ERROR" {
				t.Errorf("%s is answered with %s", body, got.Body)
			}
			if strings.Contains(got.Body, canary) {
				t.Errorf("%s is repeated: %s", body, got.Body)
			}
		}
		if strings.Contains(s.Log.String(), canary) {
			t.Errorf("the log repeats it: %s", s.Log)
		}
	}
}

func TestRunningServerRunsWhatAClientSends(t *testing.T) {
	s := testserver.New(t, testdb.Own)
	admin := s.People(t).Admin
	r, err := http.NewRequest(http.MethodGet, s.URL+"/graphql?query=%7Bme%7Bemail%7D%7D", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "application/graphql-response+json")
	got := s.Request(t, r, s.Token(t, admin))
	var answer struct {
		Data struct{ Me struct{ Email string } }
	}
	if err := json.NewDecoder(got.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if got.StatusCode != http.StatusOK || answer.Data.Me.Email != admin.Email || got.Header.Get("Content-Type") != response {
		t.Errorf("got %d %s %+v", got.StatusCode, got.Header.Get("Content-Type"), answer)
	}
}

func TestRunningServerKeepsItsNamesWhenIntrospectionIsOff(t *testing.T) {
	s := testserver.New(t, testdb.Own, func(c *config.Config) { c.Introspection = false })
	token := s.Token(t, s.People(t).Admin)
	for query, want := range map[string]string{
		"{__schema{types{name}}}":              "Introspection is switched off on this server.",
		`{__type(name:"User"){name}}`:          "Introspection is switched off on this server.",
		"{me{emial}}":                          "The document does not fit the schema.",
		"{mee{id}}":                            "The document does not fit the schema.",
		"mutation{logn{token}}":                "The document does not fit the schema.",
		"query($p:PmsProvidr){me{id}}":         "The document does not fit the schema.",
		"{...on Usr{id}}":                      "The document does not fit the schema.",
		"{login login}":                        "The document does not fit the schema.",
		"mutation{setPmsIntegration(x:1){id}}": "The document does not fit the schema.",
	} {
		got := s.Query(t, token, query, nil)
		if len(got.Errors) != 1 || got.Errors[0].Message != want || strings.Contains(got.Body, "locations") {
			t.Errorf("%s: got %s", query, got.Body)
		}
	}
	if got := s.Query(t, token, "{__typename me{__typename}}", nil); got.Code() != "" {
		t.Errorf("__typename is no introspection: %s", got.Body)
	}
}
