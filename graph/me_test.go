package graph_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// me returns a selection of fields of the caller.
func me(t testing.TB, s *testserver.Server, token, selection string) json.RawMessage {
	t.Helper()
	var data struct{ Me json.RawMessage }
	s.MustQuery(t, token, "{ me "+selection+" }", nil, &data)
	return data.Me
}

func TestMeShowsWhatThePythonServiceStored(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		s := testserver.New(t, shape)
		p := s.People(t)
		testdb.Exec(t, s.Pool, `insert into configuracion_pms (id, empresa_id, proveedor, api_key_cifrada, activo, created_at, updated_at)
			values (gen_random_uuid(), $1, 'hostaway', 'token', true, now(), '2025-07-01T10:11:12.999999+02')`, p.Company.ID)
		testdb.Exec(t, s.Pool, `insert into configuracion_ia (id, empresa_id, proveedor, api_key_cifrada, modelo, activo, created_at, updated_at)
			values (gen_random_uuid(), $1, 'gemini', 'token', 'gemini-pro', true, now(), '2025-07-02T00:00:00Z')`, p.Company.ID)
		testdb.Exec(t, s.Pool, insertGoogle+"'token', true)", p.Company.ID)
		testdb.Exec(t, s.Pool, `update empresas set configuracion = '{
			"other": {"kept": true},
			"xlsx_apartamentos": {"col_id_externo": 0, "col_nombre": 200, "col_direccion": 3, "col_ciudad": 4},
			"notificaciones_tardias": {"hora_corte": "21:30", "col_nombre": "A", "col_checkin": "zZ", "col_hora_llegada": "",
				"col_telefono": "D", "col_apartamento": ""}}' where id = $1`, p.Company.ID)
		wantJSON(t, s.Query(t, s.Token(t, p.Admin), everything, nil).Data, fmt.Sprintf(`{"me": {
			"id": %q, "email": %q, "role": "ADMIN", "companyId": %q, "passwordChangedAt": "2025-06-01T09:00:00.123Z", "mustChangePassword": true,
			"company": {"id": %q, "name": %q,
				"integrations": {
					"pms": {"configured": true, "provider": "HOSTAWAY", "updatedAt": "2025-07-01T08:11:12.999Z"},
					"ai": {"configured": true, "provider": "GEMINI", "model": "gemini-pro", "usesSharedTier": false, "updatedAt": "2025-07-02T00:00:00.000Z"},
					"google": {"configured": true}},
				"apartmentColumns": {"externalId": 0, "name": 200, "address": 3, "city": 4},
				"lateCheckIn": {"cutoff": "21:30", "columns": {"guestName": "A", "checkIn": "zZ", "arrivalTime": null, "phone": "D", "apartment": null}}}}}`,
			p.Admin.ID, p.Admin.Email, p.Company.ID, p.Company.ID, p.Company.Name))
	})
}

func TestPasswordChangedAtHasTheRequestedPrecision(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	three := `{ plain: passwordChangedAt milli: passwordChangedAt(precision: MILLISECOND) micro: passwordChangedAt(precision: MICROSECOND) }`
	wantJSON(t, me(t, s, token, three), `{"plain": "2025-06-01T09:00:00.123Z",
		"milli": "2025-06-01T09:00:00.123Z", "micro": "2025-06-01T09:00:00.123456Z"}`)

	testdb.Exec(t, s.Pool, "update usuarios set password_changed_at = '2025-12-31T23:59:59-05:00' where id = $1", p.Admin.ID)
	wantJSON(t, me(t, s, token, three), `{"plain": "2026-01-01T04:59:59.000Z",
		"milli": "2026-01-01T04:59:59.000Z", "micro": "2026-01-01T04:59:59.000000Z"}`)

	testdb.Exec(t, s.Pool, "update usuarios set password_changed_at = null where id = $1", p.Admin.ID)
	wantJSON(t, me(t, s, token, three), `{"plain": null, "milli": null, "micro": null}`)

	variable := "query($precision: TimePrecision!) { me { passwordChangedAt(precision: $precision) } }"
	resp := wantCode(t, s, s.Token(t, p.Operator), variable, object{"precision": "MICROSECOND"}, "")
	wantJSON(t, resp.Data, `{"me": {"passwordChangedAt": "2025-06-01T09:00:00.123456Z"}}`)
	wantCode(t, s, token, variable, object{"precision": "NANOSECOND"}, "BAD_USER_INPUT")
	wantCode(t, s, token, "{ me { passwordChangedAt(precision: null) } }", nil, "GRAPHQL_VALIDATION_FAILED")
}
