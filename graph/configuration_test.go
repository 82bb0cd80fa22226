package graph_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// configuration is the response to configurationFragment.
func configuration(company uuid.UUID, apartment, lateCheckIn string) string {
	return fmt.Sprintf(`{"id": %q, "apartmentColumns": %s, "lateCheckIn": %s}`, company, apartment, lateCheckIn)
}

const (
	noLateCheckIn   = `{"cutoff": "20:00", "columns": ` + noLetters + `}`
	noLetters       = `{"guestName": null, "checkIn": null, "arrivalTime": null, "phone": null, "apartment": null}`
	storedApartment = "select (configuracion->'xlsx_apartamentos')::text from empresas where id = $1"
	storedLate      = "select (configuracion->'notificaciones_tardias')::text from empresas where id = $1"
)

func TestApartmentColumnsAreReplaced(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		s := testserver.New(t, shape)
		p := s.People(t)
		token, id := s.Token(t, p.Admin), p.Company.ID
		for _, c := range []struct {
			input         object
			shown, stored string
		}{
			{object{"externalId": 1, "name": 2, "address": 3, "city": 200},
				`{"externalId": 1, "name": 2, "address": 3, "city": 200}`,
				`{"col_id_externo": 1, "col_nombre": 2, "col_direccion": 3, "col_ciudad": 200}`},
			{object{"externalId": 0, "name": 0}, // omitted columns become 0
				`{"externalId": 0, "name": 0, "address": 0, "city": 0}`,
				`{"col_id_externo": 0, "col_nombre": 0, "col_direccion": 0, "col_ciudad": 0}`},
		} {
			for range 2 { // the repeat changes nothing
				payload := mustMutate(t, s, token, saveApartmentMutation, object{"input": c.input})
				wantCompany(t, s, token, payload.Company, configurationFragment, configuration(id, c.shown, noLateCheckIn))
				wantStoredJSON(t, s, c.stored, storedApartment, id)
			}
		}
		for _, field := range []string{"externalId", "name", "address", "city"} {
			wantCode(t, s, token, saveApartmentMutation, object{"input": with(object{"externalId": 1, "name": 2}, field, nil)}, "BAD_USER_INPUT")
		}
	})
}

func TestLateCheckInIsReplaced(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		s := testserver.New(t, shape)
		p := s.People(t)
		token, id := s.Token(t, p.Admin), p.Company.ID
		full := object{"guestName": "A", "checkIn": "b", "arrivalTime": "ZZ", "phone": "aZ", "apartment": "AA"}
		const (
			noneStored = `"col_nombre": "", "col_checkin": "", "col_hora_llegada": "", "col_telefono": "", "col_apartamento": ""`
			fullShown  = `{"guestName": "A", "checkIn": "b", "arrivalTime": "ZZ", "phone": "aZ", "apartment": "AA"}`
			fullStored = `"col_nombre": "A", "col_checkin": "b", "col_hora_llegada": "ZZ", "col_telefono": "aZ", "col_apartamento": "AA"`
		)
		for _, c := range []struct {
			input         object
			shown, stored string
		}{
			{object{"cutoff": "23:59", "columns": full}, fullShown, fullStored},
			{object{"cutoff": "00:00", "columns": object{"guestName": "C", "phone": nil}}, // omitted columns are removed
				strings.Replace(noLetters, `"guestName": null`, `"guestName": "C"`, 1), strings.Replace(noneStored, `"col_nombre": ""`, `"col_nombre": "C"`, 1)},
			{object{"cutoff": "21:30", "columns": full}, fullShown, fullStored},
			{object{"cutoff": "21:30", "columns": nil}, noLetters, noneStored},
			{object{"cutoff": "21:30", "columns": full}, fullShown, fullStored},
			{object{"cutoff": "21:30"}, noLetters, noneStored},
			{object{"cutoff": "21:30", "columns": object{}}, noLetters, noneStored},
		} {
			payload := mustMutate(t, s, token, saveLateCheckInMutation, object{"input": c.input})
			wantCompany(t, s, token, payload.Company, configurationFragment,
				configuration(id, "null", fmt.Sprintf(`{"cutoff": %q, "columns": %s}`, c.input["cutoff"], c.shown)))
			wantStoredJSON(t, s, fmt.Sprintf(`{"hora_corte": %q, %s}`, c.input["cutoff"], c.stored), storedLate, id)
		}
	})
}

func TestSavingOneKeyKeepsTheOthersAndSetsUpdatedAt(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Alembic)
	p := s.People(t)
	token, id := s.Token(t, p.Admin), p.Company.ID
	execute(t, s, `update empresas set updated_at = '2020-01-01Z', configuracion = '{"other": {"b": [1, null, 1.50]}, "": "empty",
		"xlsx_apartamentos": {"col_id_externo": 9, "unknown": true}}'`)
	mustMutate(t, s, token, saveApartmentMutation, object{"input": object{"externalId": 1, "name": 2}})
	mustMutate(t, s, token, saveLateCheckInMutation, object{"input": object{"cutoff": "21:30"}})
	wantStoredJSON(t, s, `{"other": {"b": [1, null, 1.50]}, "": "empty",
		"xlsx_apartamentos": {"col_id_externo": 1, "col_nombre": 2, "col_direccion": 0, "col_ciudad": 0},
		"notificaciones_tardias": {"hora_corte": "21:30", "col_nombre": "", "col_checkin": "", "col_hora_llegada": "", "col_telefono": "", "col_apartamento": ""}}`,
		"select configuracion::text from empresas where id = $1", id)
	wantStored(t, s, "true", "select (updated_at > now() - interval '1 minute')::text from empresas where id = $1", id)
	wantStored(t, s, "2020", "select extract(year from updated_at)::text from empresas where id = $1", p.OtherCompany.ID)
}

// A save that rewrote the whole configuration would undo a concurrent save of the other
// key, and the numbers in later responses would decrease.
func TestConcurrentSavesOfBothKeysAreNotLost(t *testing.T) {
	t.Parallel()
	const saves = 200
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	execute(t, s, `update empresas set configuracion = '{"foreign": {"kept": [1, null]}}'`)
	read := func(company json.RawMessage) (apartment, lateCheckIn int) {
		var shown struct {
			ApartmentColumns *struct{ ExternalID int }
			LateCheckIn      struct{ Cutoff string }
		}
		if err := json.Unmarshal(company, &shown); err != nil {
			t.Error(err)
		}
		if shown.ApartmentColumns != nil {
			apartment = shown.ApartmentColumns.ExternalID
		}
		if at, err := time.Parse("15:04", shown.LateCheckIn.Cutoff); err == nil && at.Hour() < 20 { // 20:00 until saved
			lateCheckIn = at.Hour()*60 + at.Minute()
		}
		return apartment, lateCheckIn
	}
	var admins sync.WaitGroup
	for mutation, input := range map[string]func(number int) object{
		saveApartmentMutation:   func(number int) object { return object{"externalId": number, "name": 0} },
		saveLateCheckInMutation: func(number int) object { return object{"cutoff": fmt.Sprintf("%02d:%02d", number/60, number%60)} },
	} {
		token := s.Token(t, testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID}))
		admins.Go(func() {
			last := 0 // of the other key
			for number := 1; number <= saves; number++ {
				own, other := read(mutate(t, s, token, mutation, object{"input": input(number)}).Company)
				if mutation == saveLateCheckInMutation {
					own, other = other, own
				}
				if own != number || other < last {
					t.Errorf("after save %d: got %d, and %d for the other key after %d", number, own, other, last)
				}
				last = other
			}
		})
	}
	admins.Wait()
	if apartment, lateCheckIn := read(companyOf(t, s, s.Token(t, p.Admin), configurationFragment)); apartment != saves || lateCheckIn != saves {
		t.Errorf("finally %d and %d, want %d", apartment, lateCheckIn, saves)
	}
	wantStoredJSON(t, s, `{"kept": [1, null]}`, "select (configuracion->'foreign')::text from empresas where id = $1", p.Company.ID)
}

func TestConfigurationThatIsNotAnObjectIsEmpty(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token, id := s.Token(t, p.Admin), p.Company.ID
	for _, odd := range []string{`null`, `[]`, `"x"`, `7`, `[{"xlsx_apartamentos": {}}]`} {
		t.Run(odd, func(t *testing.T) {
			execute(t, s, "update empresas set configuracion = $2::jsonb where id = $1", id, odd)
			wantJSON(t, companyOf(t, s, token, configurationFragment), configuration(id, "null", noLateCheckIn))
			mustMutate(t, s, token, saveApartmentMutation, object{"input": object{"externalId": 1, "name": 2}})
			mustMutate(t, s, token, saveLateCheckInMutation, object{"input": object{"cutoff": "21:30"}})
			wantStored(t, s, "notificaciones_tardias xlsx_apartamentos",
				"select string_agg(key, ' ' order by key) from empresas, jsonb_object_keys(configuracion) key where id = $1", id)
		})
	}
}

// json.dumps into a JSONB column stores a string.
func TestConfigurationInAStringIsKept(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		s := testserver.New(t, shape)
		p := s.People(t)
		token, id := s.Token(t, p.Admin), p.Company.ID
		const kept = `{"foreign": {"kept": "á"}, "xlsx_apartamentos": {"col_id_externo": 1, "col_nombre": 2}}`
		for _, times := range []int{1, 2} {
			text := kept
			for range times {
				text = quoteJSON(t, text)
			}
			execute(t, s, "update empresas set configuracion = $2::jsonb where id = $1", id, text)
			wantJSON(t, companyOf(t, s, token, configurationFragment),
				configuration(id, `{"externalId": 1, "name": 2, "address": 0, "city": 0}`, noLateCheckIn))
			mustMutate(t, s, token, saveLateCheckInMutation, object{"input": object{"cutoff": "21:30"}})
			wantStoredJSON(t, s, kept, "select (configuracion - 'notificaciones_tardias')::text from empresas where id = $1", id)
			wantStored(t, s, "21:30", "select configuracion->'notificaciones_tardias'->>'hora_corte' from empresas where id = $1", id)
		}
	})
}

func TestConfigurationInAStringThatIsNotReadableIsNotReplaced(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token, id := s.Token(t, p.Admin), p.Company.ID
	for _, text := range []string{`{"foreign": NaN}`, ` {"foreign": "\u0000"}`, `{"foreign": `} {
		stored := quoteJSON(t, text)
		execute(t, s, "update empresas set configuracion = $2::jsonb where id = $1", id, stored)
		wantJSON(t, companyOf(t, s, token, configurationFragment), configuration(id, "null", noLateCheckIn))
		response := s.Query(t, token, saveLateCheckInMutation, object{"input": object{"cutoff": "21:30"}})
		if response.Code() == "" {
			t.Errorf("%s: saved", text)
		}
		wantStoredJSON(t, s, stored, "select configuracion::text from empresas where id = $1", id)
	}
}

func quoteJSON(t *testing.T, text string) string {
	t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(quoted)
}

func TestInvalidFieldDoesNotHideOthers(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	execute(t, s, `update empresas set configuracion = '{
		"xlsx_apartamentos": {"col_id_externo": 3.0, "col_nombre": 4, "col_direccion": "B", "col_ciudad": 1e999},
		"notificaciones_tardias": {"hora_corte": "21:30", "col_nombre": 3, "col_checkin": "A1", "col_telefono": "b"}}'`)
	wantJSON(t, companyOf(t, s, s.Token(t, p.Operator), configurationFragment), configuration(p.Company.ID,
		`{"externalId": 3, "name": 4, "address": 0, "city": 0}`,
		`{"cutoff": "21:30", "columns": `+strings.Replace(noLetters, `"phone": null`, `"phone": "b"`, 1)+`}`))
}

func TestInvalidSettingIsUnsaved(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	for odd, want := range map[string][2]string{
		`{"xlsx_apartamentos": null, "notificaciones_tardias": null}`:                              {"null", noLateCheckIn},
		`{"xlsx_apartamentos": "x", "notificaciones_tardias": []}`:                                 {"null", noLateCheckIn},
		`{"xlsx_apartamentos": {"col_nombre": "B"}, "notificaciones_tardias": {"hora_corte": 20}}`: {"null", noLateCheckIn},
		`{"notificaciones_tardias": {}}`:                                                           {"null", noLateCheckIn},
		`{"notificaciones_tardias": {"hora_corte": "", "col_nombre": null, "col_telefono": "B"}}`:  {"null", strings.Replace(noLateCheckIn, `"phone": null`, `"phone": "B"`, 1)},
		`{"notificaciones_tardias": {"hora_corte": "25:00"}}`:                                      {"null", noLateCheckIn},
		`{"notificaciones_tardias": {"HORA_CORTE": "09:00", "Col_Telefono": "B"}}`:                 {"null", noLateCheckIn},
		`{"xlsx_apartamentos": {"col_id_externo": 1}}`:                                             {"null", noLateCheckIn},
		`{"xlsx_apartamentos": {"col_id_externo": 1.5, "col_nombre": 2}}`:                          {"null", noLateCheckIn},
		`{"xlsx_apartamentos": {"col_id_externo": 1, "col_nombre": 201}}`:                          {"null", noLateCheckIn},
		`{"xlsx_apartamentos": {"col_id_externo": 1e999, "col_nombre": 1e30}}`:                     {"null", noLateCheckIn},
	} {
		t.Run(odd, func(t *testing.T) {
			execute(t, s, "update empresas set configuracion = $2::jsonb where id = $1", p.Company.ID, odd)
			wantJSON(t, companyOf(t, s, s.Token(t, p.Operator), configurationFragment), configuration(p.Company.ID, want[0], want[1]))
		})
	}
}
