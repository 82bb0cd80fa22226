package graph_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// configuration is the response to configurationFragment.
func configuration(company uuid.UUID, apartment, lateCheckIn string) string {
	return fmt.Sprintf(`{"id": %q, "apartmentColumns": %s, "lateCheckIn": %s}`, company, apartment, lateCheckIn)
}

const (
	noLateCheckIn = `{"cutoff": "20:00", "columns": ` + noLetters + `}`
	noLetters     = `{"guestName": null, "checkIn": null, "arrivalTime": null, "phone": null, "apartment": null}`
)

func TestSavingOneKeyKeepsTheOthersAndSetsUpdatedAt(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Alembic)
	p := s.People(t)
	token, id := s.Token(t, p.Admin), p.Company.ID
	testdb.Exec(t, s.Pool, `update empresas set updated_at = '2020-01-01Z', configuracion = '{"other": {"b": [1, null, 1.50]}, "": "empty",
		"xlsx_apartamentos": {"col_id_externo": 9, "unknown": true}}'`)
	mustMutate(t, s, token, saveApartmentMutation, inputOf(object{"externalId": 1, "name": 2}))
	mustMutate(t, s, token, saveLateCheckInMutation, inputOf(object{"cutoff": "21:30"}))
	wantJSON(t, json.RawMessage(stored(t, s, "select configuracion::text from empresas where id = $1", id)), `{"other": {"b": [1, null, 1.50]}, "": "empty",
		"xlsx_apartamentos": {"col_id_externo": 1, "col_nombre": 2, "col_direccion": 0, "col_ciudad": 0},
		"notificaciones_tardias": {"hora_corte": "21:30", "col_nombre": "", "col_checkin": "", "col_hora_llegada": "", "col_telefono": "", "col_apartamento": ""}}`)
	wantStored(t, s, "true", "select (updated_at > now() - interval '1 minute')::text from empresas where id = $1", id)
	wantStored(t, s, "2020", "select extract(year from updated_at)::text from empresas where id = $1", p.OtherCompany.ID)
}

// A save that rewrote the whole configuration would undo a concurrent save of the other key.
func TestConcurrentSavesOfBothKeysAreNotLost(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	testdb.Exec(t, s.Pool, `update empresas set configuracion = '{"foreign": {"kept": [1, null]}}'`)
	slowWrites(t, s, "empresas")
	for n := range 10 {
		var saves sync.WaitGroup
		saves.Go(func() { mustMutate(t, s, token, saveApartmentMutation, inputOf(object{"externalId": n, "name": 0})) })
		saves.Go(func() {
			mustMutate(t, s, token, saveLateCheckInMutation, inputOf(object{"cutoff": fmt.Sprintf("00:%02d", n)}))
		})
		saves.Wait()
		wantStored(t, s, fmt.Sprintf(`%d 00:%02d {"kept": [1, null]}`, n, n), `select concat_ws(' ', configuracion->'xlsx_apartamentos'->>'col_id_externo',
			configuracion->'notificaciones_tardias'->>'hora_corte', configuracion->>'foreign') from empresas where id = $1`, p.Company.ID)
	}
}

func TestConfigurationOfThePythonServiceIsShownAndKept(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token, id := s.Token(t, p.Admin), p.Company.ID
	const inText = `{"foreign": {"kept": "á"}, "xlsx_apartamentos": {"col_id_externo": 1, "col_nombre": 2}}`
	phone := strings.Replace(noLateCheckIn, `"phone": null`, `"phone": "B"`, 1)
	for stored, c := range map[string]struct {
		apartment, late string // shown; "" for unsaved
		kept            string // after a save of the late check-in rules; "" for the stored text
		unreadable      bool   // must not be replaced
	}{
		`null`:                         {kept: "{}"},
		`[]`:                           {kept: "{}"},
		`"x"`:                          {kept: "{}"},
		`7`:                            {kept: "{}"},
		`[{"xlsx_apartamentos": {}}]`:  {kept: "{}"},
		text(inText):                   {apartment: `{"externalId": 1, "name": 2, "address": 0, "city": 0}`, kept: inText}, // json.dumps into a JSONB column stores a string
		text(text(inText)):             {apartment: `{"externalId": 1, "name": 2, "address": 0, "city": 0}`, kept: inText},
		text(`{"foreign": NaN}`):       {unreadable: true},
		text(` {"foreign": "\u0000"}`): {unreadable: true},
		text(`{"foreign": `):           {unreadable: true},
		`{"xlsx_apartamentos": {"col_id_externo": 3.0, "col_nombre": 4, "col_direccion": "B", "col_ciudad": 1e999}}`:     {apartment: `{"externalId": 3, "name": 4, "address": 0, "city": 0}`},
		`{"notificaciones_tardias": {"hora_corte": "21:30", "col_nombre": 3, "col_checkin": "A1", "col_telefono": "B"}}`: {late: strings.Replace(phone, "20:00", "21:30", 1)},
		`{"notificaciones_tardias": {"hora_corte": "", "col_nombre": null, "col_telefono": "B"}}`:                        {late: phone},
		`{"xlsx_apartamentos": null, "notificaciones_tardias": null}`:                                                    {},
		`{"xlsx_apartamentos": "x", "notificaciones_tardias": []}`:                                                       {},
		`{"xlsx_apartamentos": {"col_nombre": "B"}, "notificaciones_tardias": {"hora_corte": 20}}`:                       {},
		`{"notificaciones_tardias": {}}`:                                           {},
		`{"notificaciones_tardias": {"hora_corte": "25:00"}}`:                      {},
		`{"notificaciones_tardias": {"HORA_CORTE": "09:00", "Col_Telefono": "B"}}`: {},
		`{"xlsx_apartamentos": {"col_id_externo": 1}}`:                             {},
		`{"xlsx_apartamentos": {"col_id_externo": 1.5, "col_nombre": 2}}`:          {},
		`{"xlsx_apartamentos": {"col_id_externo": 1, "col_nombre": 201}}`:          {},
		`{"xlsx_apartamentos": {"col_id_externo": 1e999, "col_nombre": 1e30}}`:     {},
	} {
		t.Run(stored, func(t *testing.T) {
			testdb.Exec(t, s.Pool, "update empresas set configuracion = $2::jsonb where id = $1", id, stored)
			wantJSON(t, companyOf(t, s, token, configurationFragment), configuration(id, cmp.Or(c.apartment, "null"), cmp.Or(c.late, noLateCheckIn)))
			save := inputOf(object{"cutoff": "21:30"})
			if c.unreadable {
				wantCode(t, s, token, saveLateCheckInMutation, save, "INTERNAL_SERVER_ERROR")
				wantStored(t, s, "true", "select (configuracion = $2::jsonb)::text from empresas where id = $1", id, stored)
				if !strings.Contains(s.Log.String(), "holds no readable object") { // else PostgreSQL logs the row
					t.Error(s.Log)
				}
				return
			}
			mustMutate(t, s, token, saveLateCheckInMutation, save)
			wantStored(t, s, "true", `select (configuracion - 'notificaciones_tardias' = $2::jsonb - 'notificaciones_tardias'
				and configuracion->'notificaciones_tardias'->>'hora_corte' = '21:30')::text from empresas where id = $1`, id, cmp.Or(c.kept, stored))
			if c.apartment == "" {
				mustMutate(t, s, token, saveApartmentMutation, inputOf(object{"externalId": 1, "name": 2, "expectedVersion": "0"}))
			}
		})
	}
}
