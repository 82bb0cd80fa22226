package graph_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestAnInternalErrorTellsOnlyAnIdThatFindsItInTheLog(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	execute(t, s, "alter table configuracion_ia drop column modelo")
	for name, operation := range map[string]string{
		"of a query":    "{ me { id company { integrations { ai { model } } } } }",
		"of a payload":  `mutation { removePmsIntegration { company { lateCheckIn { cutoff } } } }`,
		"of a mutation": `mutation { setAiIntegration(input: {provider: OPENAI, apiKey: "k"}) { company { id } } }`,
	} {
		t.Run(name, func(t *testing.T) {
			answer := wantCode(t, s, token, operation, nil, "INTERNAL_SERVER_ERROR")
			for _, word := range []string{"modelo", "configuracion", "exist", "SQLSTATE", "42703", "select", "pgx", "graph."} {
				if strings.Contains(answer.Body, word) {
					t.Errorf("the answer says %q: %s", word, answer.Body)
				}
			}
			for _, e := range answer.Errors {
				id, _ := e.Extensions["requestId"].(string)
				if id == "" || id != answer.Header.Get("X-Request-Id") {
					t.Errorf("request id %q, header %q", id, answer.Header.Get("X-Request-Id"))
				}
				if len(e.Path) == 0 || len(e.Extensions) != 2 {
					t.Errorf("error %+v", e)
				}
				if line := logLine(t, s, "internal error", id); !strings.Contains(line, "modelo") || !strings.Contains(line, "42703") {
					t.Errorf("the log says of it: %q", line)
				}
			}
		})
	}
	wantSignedIn(t, s, token)
}

// An alias is the client's own text, in which a secret can go astray.
func TestTheLogNamesTheFieldThatFailedNotItsAlias(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	token := s.Token(t, s.People(t).Admin)
	execute(t, s, "alter table configuracion_pms drop column proveedor")
	execute(t, s, "alter table profile.audit_log drop column changes")
	const canary = "hunter2"
	for operation, field := range map[string]string{
		"{ hunter2: me { company { integrations { pms { provider } } } } }":                                                    "me.company.integrations",
		"{ me { hunter2: company { hunter2: integrations { hunter2: pms { provider } } } } }":                                  "me.company.integrations",
		"{ me { hunter2: company { hunter2: auditLog { nodes { hunter2: id } } } } }":                                          "me.company.auditLog",
		"mutation hunter2 { hunter2: removePmsIntegration { hunter2: userErrors { code } } }":                                  "removePmsIntegration",
		"query hunter2 { ...hunter2 } fragment hunter2 on Query { hunter2: me { company { auditLog { edges { cursor } } } } }": "me.company.auditLog",
	} {
		answer := wantCode(t, s, token, operation, nil, "INTERNAL_SERVER_ERROR")
		if line := logLine(t, s, "internal error", answer.Header.Get("X-Request-Id")); !strings.Contains(line, `"field":"`+field+`"`) {
			t.Errorf("%s: logged %q", operation, line)
		}
	}
	if strings.Contains(s.Log.String(), canary) {
		t.Errorf("the log holds an alias: %s", s.Log)
	}
}

// logLine is the first line of the log with a message and a request id.
func logLine(t *testing.T, s *testserver.Server, message, requestID string) string {
	t.Helper()
	for line := range strings.Lines(s.Log.String()) {
		var entry struct{ Msg, RequestID string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if entry.Msg == message && entry.RequestID == requestID {
			return line
		}
	}
	return ""
}

func TestWhatIsNotAskedForCannotFail(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	execute(t, s, "drop table configuracion_ia")
	answer := wantCode(t, s, s.Token(t, p.Admin), "{ me { id companyId company { id name } } }", nil, "")
	if !strings.Contains(answer.Body, p.Company.Name) {
		t.Error(answer.Body)
	}
}

// Mutations run one after the other; a refused one, with a field that may not
// be null, takes the answers of the others with it, not what they did.
func TestTheMutationsBeforeARefusedOneAreDone(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	answer := wantCode(t, s, s.Token(t, p.Operator), `mutation($input: ChangePasswordInput!) {
		changePassword(input: $input) { userErrors { code } }
		removePmsIntegration { userErrors { code } } }`, change(testdb.Password, newPassword), "FORBIDDEN")
	if len(answer.Errors) != 1 || answer.Errors[0].Path[0] != "removePmsIntegration" || isObject(answer.Data) {
		t.Errorf("answer %s", answer.Body)
	}
	mustMutate(t, s, "", loginMutation, credentials(p.Operator.Email, newPassword))
}

// A key is read by whoever uses it, not by who shows or replaces it.
func TestAStoredKeyThatNobodyCanOpenIsNoError(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	execute(t, s, insertPms+"'smoobu', 'no Fernet token at all', true)", p.Company.ID)
	execute(t, s, insertAi+"'openai', 'no Fernet token at all', null, true)", p.Company.ID)
	token := s.Token(t, p.Admin)
	wantCode(t, s, token, everything, nil, "")
	mustMutate(t, s, token, setAiMutation, object{"input": object{"provider": "OPENAI", "model": "m"}})
	wantStored(t, s, "no Fernet token at all", storedAiKey, p.Company.ID)
	mustMutate(t, s, token, setPmsMutation, object{"input": object{"provider": "SMOOBU", "apiKey": "k"}})
}
