package graph_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestInternalErrorShowsOnlyTheRequestID(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	testdb.Exec(t, s.Pool, "alter table configuracion_ia drop column modelo")
	for name, operation := range map[string]string{
		"of a query":    "{ me { id company { integrations { ai { model } } } } }",
		"of a payload":  `mutation { removePmsIntegration { company { lateCheckIn { cutoff } } } }`,
		"of a mutation": `mutation { setAiIntegration(input: {provider: OPENAI, apiKey: "k"}) { company { id } } }`,
	} {
		t.Run(name, func(t *testing.T) {
			resp := wantCode(t, s, token, operation, nil, "INTERNAL_SERVER_ERROR")
			for _, word := range []string{"modelo", "configuracion", "exist", "SQLSTATE", "42703", "select", "pgx", "graph."} {
				if strings.Contains(resp.Body, word) {
					t.Errorf("the response contains %q: %s", word, resp.Body)
				}
			}
			for _, e := range resp.Errors {
				id, _ := e.Extensions["requestId"].(string)
				if id == "" || id != resp.Header.Get("X-Request-Id") {
					t.Errorf("request id %q, header %q", id, resp.Header.Get("X-Request-Id"))
				}
				if len(e.Path) == 0 || len(e.Extensions) != 2 {
					t.Errorf("error %+v", e)
				}
				if line := logLine(s, "internal error", id); !strings.Contains(line, "modelo") || !strings.Contains(line, "42703") {
					t.Errorf("logged %q", line)
				}
			}
		})
	}
	wantSignedIn(t, s, token)
}

// An alias is text of the client and may contain a secret.
func TestLogNamesTheFieldAndNotItsAlias(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	token := s.Token(t, s.People(t).Admin)
	testdb.Exec(t, s.Pool, "alter table configuracion_pms drop column proveedor")
	testdb.Exec(t, s.Pool, "alter table profile.audit_log drop column changes")
	const canary = "hunter2"
	for operation, field := range map[string]string{
		"{ hunter2: me { company { integrations { pms { provider } } } } }":                                                    "me.company.integrations",
		"{ me { hunter2: company { hunter2: integrations { hunter2: pms { provider } } } } }":                                  "me.company.integrations",
		"{ me { hunter2: company { hunter2: auditLog { nodes { hunter2: id } } } } }":                                          "me.company.auditLog",
		"mutation hunter2 { hunter2: removePmsIntegration { hunter2: userErrors { code } } }":                                  "removePmsIntegration",
		"query hunter2 { ...hunter2 } fragment hunter2 on Query { hunter2: me { company { auditLog { edges { cursor } } } } }": "me.company.auditLog",
	} {
		resp := wantCode(t, s, token, operation, nil, "INTERNAL_SERVER_ERROR")
		if line := logLine(s, "internal error", resp.Header.Get("X-Request-Id")); !strings.Contains(line, `"field":"`+field+`"`) {
			t.Errorf("%s: logged %q", operation, line)
		}
	}
	if strings.Contains(s.Log.String(), canary) {
		t.Errorf("the log contains an alias: %s", s.Log)
	}
}

// logLine returns the first line of the log with a message and a request id.
func logLine(s *testserver.Server, message, requestID string) string {
	for line := range strings.Lines(s.Log.String()) {
		if strings.Contains(line, `"msg":"`+message+`"`) && strings.Contains(line, `"`+requestID+`"`) {
			return line
		}
	}
	return ""
}

func TestUnavailableDatabaseFailsOnlyOperationsThatUseIt(t *testing.T) {
	t.Parallel()
	s := testserver.On(t, testdb.Open(t, "postgres://nobody@127.0.0.1:1/none"))
	token := s.Token(t, testdb.UserRow{ID: uuid.New(), CompanyID: uuid.New(), Email: "a@b.example", Role: "admin"})
	wantCode(t, s, token, "{ me { id } }", nil, "UNAVAILABLE")
	wantCode(t, s, token, saveApartmentMutation, inputOf(object{"externalId": 1, "name": 2}), "UNAVAILABLE")
	wantCode(t, s, "", loginMutation, credentials("a@b.example", testdb.Password), "UNAVAILABLE")
	wantSignedOut(t, s, "not.a.token")
	wantSignedOut(t, s, "")
	for _, anyToken := range []string{"", "not.a.token", token} {
		wantCode(t, s, anyToken, "{ __typename __schema { queryType { name } } }", nil, "")
	}
}
