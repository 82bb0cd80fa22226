package graph_test

import (
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// age makes every moment that is stored of a company an old one.
func age(t testing.TB, s *testserver.Server) {
	t.Helper()
	for _, table := range []string{"empresas", "configuracion_pms", "configuracion_ia", "profile.integration_changes"} {
		execute(t, s, "update "+table+" set updated_at = '2020-01-01Z'")
	}
}

// What would change nothing writes nothing: updated_at and who changed it stay.
func TestARepeatWritesNothing(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		s := testserver.New(t, shape)
		p := s.People(t)
		admin, colleague := s.Token(t, p.Admin), s.Token(t, testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID}))
		for _, c := range []struct {
			mutation string
			input    object
		}{
			{setPmsMutation, object{"provider": "SMOOBU", "apiKey": "k"}},
			{setAiMutation, object{"provider": "OPENAI", "apiKey": "k", "model": "m"}},
			{setAiMutation, object{"provider": "OPENAI"}},
			{setAiMutation, object{"provider": "OPENAI", "apiKey": nil}},
			{setAiMutation, object{"provider": "DEFAULT", "model": nil}},
			{saveApartmentMutation, object{"externalId": 1, "name": 2}},
			{saveLateCheckInMutation, object{"cutoff": "21:30", "columns": object{"phone": "b"}}},
			{saveLateCheckInMutation, object{"cutoff": "20:00"}},
			{removePmsMutation, nil},
			{removeAiMutation, nil},
		} {
			mustMutate(t, s, admin, c.mutation, inputOf(c.input))
			age(t, s)
			rows, who, entries := rowsOf(t, s, p.Company.ID), stored(t, s, whoChanged), stored(t, s, allEntries)
			for range 2 {
				mustMutate(t, s, colleague, c.mutation, inputOf(c.input))
			}
			if rowsOf(t, s, p.Company.ID) != rows || stored(t, s, whoChanged) != who {
				t.Errorf("%v: a repeat wrote something", c.input)
			}
			wantStored(t, s, entries, allEntries)
		}
	})
}

// A state that the other service left is the same if it means the same.
func TestSavingWhatTheOtherServiceStoredWritesNothing(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Alembic)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	sealed, err := s.App.Keys.Encrypt("k")
	if err != nil {
		t.Fatal(err)
	}
	execute(t, s, insertPms+"'smoobu', $2, true)", p.Company.ID, sealed)
	execute(t, s, insertAi+"'openai', '', 'm', true)", p.Company.ID)
	execute(t, s, `update empresas set configuracion = '{"xlsx_apartamentos": {"col_id_externo": 1.0, "col_nombre": 2, "col_direccion": 0, "col_ciudad": 0}}'`)
	age(t, s)
	rows := rowsOf(t, s, p.Company.ID)
	mustMutate(t, s, token, setPmsMutation, object{"input": object{"provider": "SMOOBU", "apiKey": "k"}})
	mustMutate(t, s, token, setAiMutation, object{"input": object{"provider": "OPENAI", "model": "m", "apiKey": nil}})
	payload := mustMutate(t, s, token, saveApartmentMutation, object{"input": object{"externalId": 1, "name": 2}})
	wantCompany(t, s, token, payload.Company, configurationFragment,
		configuration(p.Company.ID, `{"externalId": 1, "name": 2, "address": 0, "city": 0}`, noLateCheckIn))
	if rowsOf(t, s, p.Company.ID) != rows {
		t.Error("something was written")
	}
	wantStored(t, s, "0", allEntries)
}

func TestSettingAnIntegrationThatWasSwitchedOffSwitchesItOn(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	setBoth(t, s, token, "k", "k")
	entries := recorded(t, s, token, func() {
		for _, table := range []string{"configuracion_pms", "configuracion_ia"} {
			execute(t, s, "update "+table+" set activo = false")
		}
		setBoth(t, s, token, "k", "k")
		setBoth(t, s, token, "k", "k")
	})
	wantEntries(t, entries, "PMS_INTEGRATION_SET inactive true>-", "AI_INTEGRATION_SET inactive true>-")
	wantStored(t, s, "true true", "select concat_ws(' ', p.activo::text, a.activo::text) from configuracion_pms p, configuracion_ia a")
}
