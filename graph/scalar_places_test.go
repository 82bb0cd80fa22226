package graph_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// place is where a value of a scalar enters the API.
type place struct {
	mutation string // VALUE stands for the value
	// stored reads the value back; empty where nothing stores it as it came.
	stored string
}

// places has one for each scalar that can be sent.
var places = map[string]place{
	"LocalTime": {`saveLateCheckInConfig(input: {cutoff: VALUE})`,
		"select configuracion->'notificaciones_tardias'->>'hora_corte' from empresas where id = $1"},
	"ColumnIndex": {`saveApartmentColumns(input: {externalId: VALUE, name: 0})`,
		"select configuracion->'xlsx_apartamentos'->>'col_id_externo' from empresas where id = $1"},
	"ColumnLetters": {`saveLateCheckInConfig(input: {cutoff: "20:00", columns: {guestName: VALUE}})`,
		"select configuracion->'notificaciones_tardias'->>'col_nombre' from empresas where id = $1"},
	"EmailAddress": {`login(input: {email: VALUE, password: "not the password"})`, ""},
	"Password":     {`changePassword(input: {currentPassword: VALUE, newPassword: "Another-Horse-2"})`, ""},
	"NewPassword":  {`changePassword(input: {currentPassword: "not the password", newPassword: VALUE})`, ""},
	"ApiKey":       {`setPmsIntegration(input: {provider: SMOOBU, apiKey: VALUE})`, storedPmsKey},
	"ModelName": {`setAiIntegration(input: {provider: DEFAULT, model: VALUE})`,
		"select modelo from configuracion_ia where empresa_id = $1"},
}

func TestEveryScalarThatCanBeSentHasAPlaceAndEdges(t *testing.T) {
	var sendable, placed, edged []string
	schema := publicSchema(t)
	for _, def := range schema.Types {
		if def.Kind != ast.InputObject {
			continue
		}
		for _, field := range def.Fields {
			name := field.Type.Name()
			if def := schema.Types[name]; def.Kind == ast.Scalar && !def.BuiltIn && !slices.Contains(sendable, name) {
				sendable = append(sendable, name)
			}
		}
	}
	for name := range places {
		placed = append(placed, name)
	}
	for name := range edges {
		edged = append(edged, name)
	}
	wantSame(t, "scalars with a place", placed, sendable)
	wantSame(t, "scalars with edges", edged, sendable)
}

// waysOfValues are the two ways in which a value reaches a scalar.
var waysOfValues = map[string]bool{"variable": false, "literal": true}

// bodyWith is a request that sends a value, which is JSON, to the place of a
// scalar: as a variable, or as a literal in the document.
func bodyWith(t testing.TB, scalar, value string, literal bool) string {
	t.Helper()
	head, variables, written := "mutation($value: "+scalar+"!)", `{"value": `+value+`}`, "$value"
	if literal {
		head, variables, written = "mutation", "{}", value
	}
	field := strings.Replace(places[scalar].mutation, "VALUE", written, 1)
	document, err := json.Marshal(head + " { p: " + field + " { userErrors { code } } }")
	if err != nil {
		t.Fatal(err)
	}
	return `{"query": ` + string(document) + `, "variables": ` + variables + `}`
}

// wantTaken sends a value that the scalar must take, and reads it back.
func wantTaken(t *testing.T, s *testserver.Server, p testserver.People, scalar, value string, literal bool) {
	t.Helper()
	answer := s.Post(t, s.Token(t, p.Admin), bodyWith(t, scalar, value, literal))
	if len(answer.Errors) > 0 {
		t.Fatalf("refused: %s", answer.Body)
	}
	if places[scalar].stored == "" {
		return
	}
	want, isText := decode(t, value).(string)
	if !isText {
		want = value
	}
	read := stored
	if scalar == "ApiKey" {
		read = func(t testing.TB, s *testserver.Server, query string, args ...any) string {
			return s.StoredKey(t, query, args...)
		}
	}
	if got := read(t, s, places[scalar].stored, p.Company.ID); got != want {
		t.Errorf("stored %q, want %q", got, want)
	}
}

// wantBadInput sends a value that the scalar must refuse, without quoting it
// and without a change.
func wantBadInput(t *testing.T, s *testserver.Server, p testserver.People, scalar, value string, literal bool) {
	t.Helper()
	before := rowsOf(t, s, p.Company.ID)
	answer := s.Post(t, s.Token(t, p.Admin), bodyWith(t, scalar, value, literal))
	if answer.Code() != "BAD_USER_INPUT" || len(answer.Errors) != 1 {
		t.Fatalf("not refused as bad input: %s", answer.Body)
	}
	for _, part := range strings.Fields(strings.Trim(value, `"`)) {
		if len(part) > 1 && strings.Contains(answer.Errors[0].Message, part) {
			t.Errorf("the message quotes the value: %s", answer.Errors[0].Message)
		}
	}
	if isObject(answer.Data) {
		t.Errorf("data beside the error: %s", answer.Body)
	}
	if rowsOf(t, s, p.Company.ID) != before {
		t.Error("something was stored")
	}
}
