package graph_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// text returns the JSON of a string, which is also a GraphQL literal.
func text(value string) string {
	encoded, _ := json.Marshal(value) // never fails for a string
	return string(encoded)
}

// scalars are the scalars that a client can send: a mutation with VALUE in place of the
// value, a query for the stored value if it is stored unchanged, and accepted and
// rejected values as JSON. Package scalar tests every rule; these values show how each
// kind of JSON value reaches the rules.
var scalars = map[string]struct {
	mutation, stored string
	good, bad        []string
}{
	"LocalTime": {`saveLateCheckInConfig(input: {cutoff: VALUE})`,
		"select configuracion->'notificaciones_tardias'->>'hora_corte' from empresas where id = $1",
		[]string{text("00:00"), text("23:59")}, []string{text("24:00"), text("20:00\n"), text(""), "2000", "true"}},
	"ColumnIndex": {`saveApartmentColumns(input: {externalId: VALUE, name: 0})`,
		"select configuracion->'xlsx_apartamentos'->>'col_id_externo' from empresas where id = $1",
		[]string{"0", "200"}, []string{"-1", "201", "9223372036854775807", "3.0", "1e2", text("3"), "true", "[1]"}},
	"ColumnLetters": {`saveLateCheckInConfig(input: {cutoff: "20:00", columns: {guestName: VALUE}})`,
		"select configuracion->'notificaciones_tardias'->>'col_nombre' from empresas where id = $1",
		[]string{text("A"), text("zZ")}, []string{text(""), text("AAA"), text("Ñ"), "10"}},
	"EmailAddress": {`login(input: {email: VALUE, password: "not the password"})`, "",
		[]string{text("  A@B\t")}, []string{text("nobody"), text("nobody@host\nBcc: x"), text(""), "12"}},
	"Password": {`changePassword(input: {currentPassword: VALUE, newPassword: "Another-Horse-2"})`, "",
		[]string{text(" "), text(strings.Repeat("ñ", 128))}, []string{text(""), text(strings.Repeat("ñ", 129)), "12345678", "false"}},
	"NewPassword": {`changePassword(input: {currentPassword: "not the password", newPassword: VALUE})`, "",
		[]string{text("q7-Lw2xz"), text(strings.Repeat("ñ", 36))}, []string{text("q7-Lw2x"), text(strings.Repeat("x", 73)), "12345678"}},
	"ApiKey": {`setPmsIntegration(input: {provider: SMOOBU, apiKey: VALUE})`, storedPmsKey,
		[]string{text("k"), text(strings.Repeat("🔑", 500))}, []string{text(""), text(strings.Repeat("k", 501)), "12345678", `["k"]`}},
	"AccountId": {`setPmsIntegration(input: {provider: HOSTAWAY, apiKey: "k", accountId: VALUE})`,
		"select account_id from profile.pms_credentials where company_id = $1",
		[]string{text("1"), text(strings.Repeat("aZ0-_", 12) + "9876")}, []string{text(""), text(strings.Repeat("1", 65)), text("1 2"), text("ñ"), text("1\n"), "61234"}},
	"ModelName": {`setAiIntegration(input: {provider: DEFAULT, model: VALUE})`,
		"select modelo from configuracion_ia where empresa_id = $1",
		[]string{text(""), text("ñ鍵<&>\u2028"), `"\"\\\/\b\f\n\r\t\u0001\ufffe"`}, []string{text(strings.Repeat("🔑", 101)), "4", "4.5", "true"}},
}

// brokenText is text that PostgreSQL cannot store or that was damaged on its way, as
// JSON and as a GraphQL literal. Every text scalar rejects it.
var brokenText = []string{
	`"abcd\u0000@efgh"`, `"abcd\ufffd@efgh"`, "\"abcd\uFFFD@efgh\"",
	`"abcd\ud83d@efgh"`, `"abcd\udd11@efgh"`, `"abcd\udd11\ud83d@efgh"`, `"abcd@efgh\ud800"`, // lone surrogates
}

func TestEveryInputScalarIsTested(t *testing.T) {
	var sendable []string
	schema := graph.Schema()
	for _, def := range schema.Types {
		for _, field := range def.Fields {
			scalar := schema.Types[field.Type.Name()]
			if def.Kind == ast.InputObject && scalar.Kind == ast.Scalar && !scalar.BuiltIn && !slices.Contains(sendable, scalar.Name) {
				sendable = append(sendable, scalar.Name)
			}
		}
	}
	wantSame(t, "scalars", slices.Collect(maps.Keys(scalars)), sendable)
}

func TestScalarIsAcceptedOrRejectedAsVariableAndAsLiteral(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	for scalar, c := range scalars {
		bad := c.bad
		if strings.HasPrefix(c.good[0], `"`) {
			bad = slices.Concat(bad, brokenText)
		}
		for _, literal := range []bool{false, true} {
			p := s.People(t)
			for _, value := range c.good {
				wantAccepted(t, s, p, scalar, value, literal)
			}
			for _, value := range bad {
				wantBadInput(t, s, p, scalar, value, literal)
			}
		}
	}
	wantAccepted(t, s, s.People(t), "ModelName", `"key \ud83d\udd11"`, false)
	wantBadInput(t, s, s.People(t), "ColumnIndex", "18446744073709551616", false)
}

// sendScalar sends a JSON value to a scalar, as a variable or as a literal.
func sendScalar(t testing.TB, s *testserver.Server, p testserver.People, scalar, value string, literal bool) *testserver.Response {
	t.Helper()
	head, variables, written := "mutation($value: "+scalar+"!)", `{"value": `+value+`}`, "$value"
	if literal {
		head, variables, written = "mutation", "{}", value
	}
	document := head + " { p: " + strings.Replace(scalars[scalar].mutation, "VALUE", written, 1) + " { userErrors { code } } }"
	return s.Post(t, s.Token(t, p.Admin), `{"query": `+text(document)+`, "variables": `+variables+`}`)
}

// wantAccepted sends a value that the scalar must accept, and compares the stored one.
func wantAccepted(t *testing.T, s *testserver.Server, p testserver.People, scalar, value string, literal bool) {
	t.Helper()
	if resp := sendScalar(t, s, p, scalar, value, literal); len(resp.Errors) > 0 {
		t.Fatalf("%s %.20s, literal: %t: refused: %s", scalar, value, literal, resp.Body)
	}
	query := scalars[scalar].stored
	if query == "" {
		return
	}
	got := stored(t, s, query, p.Company.ID)
	if scalar == "ApiKey" {
		got = s.StoredKey(t, query, p.Company.ID)
	}
	if want := fmt.Sprint(decode(t, value)); got != want {
		t.Errorf("%s, literal: %t: stored %q, want %q", scalar, literal, got, want)
	}
}

// wantBadInput sends a value that the scalar must reject. The error must not quote it,
// and nothing may change.
func wantBadInput(t *testing.T, s *testserver.Server, p testserver.People, scalar, value string, literal bool) {
	t.Helper()
	before := testdb.CompanyData(t, s.Pool, p.Company.ID)
	resp := sendScalar(t, s, p, scalar, value, literal)
	if resp.Code() != "BAD_USER_INPUT" || len(resp.Errors) != 1 || resp.Data != nil {
		t.Fatalf("%s %.20s, literal: %t: want BAD_USER_INPUT, got %s", scalar, value, literal, resp.Body)
	}
	for _, part := range strings.Fields(strings.Trim(value, `"`)) {
		if len(part) > 1 && strings.Contains(resp.Errors[0].Message, part) {
			t.Errorf("the message quotes the value: %s", resp.Errors[0].Message)
		}
	}
	if testdb.CompanyData(t, s.Pool, p.Company.ID) != before {
		t.Errorf("%s %.20s, literal: %t: something was stored: %s", scalar, value, literal, resp.Body)
	}
}
