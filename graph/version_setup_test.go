package graph_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// versioned is something that is saved under a version.
type versioned struct {
	name       string
	mutation   string
	one, other object // two different states
	version    func(shownVersions) string
	// write and forget are what the other service would do.
	write, forget string
}

// shownVersions is what versionsFragment shows.
type shownVersions struct {
	Integrations     struct{ Pms, Ai struct{ Version string } }
	ApartmentColumns *struct{ Version string }
	LateCheckIn      struct{ Version string }
}

const versionsFragment = `
	fragment versions on Company {
		integrations { pms { version } ai { version } }
		apartmentColumns { version }
		lateCheckIn { version }
	}`

var allVersioned = []versioned{
	{
		name: "pms", one: object{"provider": "SMOOBU", "apiKey": "k1"}, other: object{"provider": "SMOOBU", "apiKey": "k2"},
		mutation: `mutation($input: SetPmsIntegrationInput!) { p: setPmsIntegration(input: $input) { company { ...versions } userErrors { code field } } }`,
		version:  func(v shownVersions) string { return v.Integrations.Pms.Version },
		write:    "update configuracion_pms set proveedor = 'hostaway' where empresa_id = $1",
		forget:   "delete from configuracion_pms where empresa_id = $1",
	}, {
		name: "ai", one: object{"provider": "OPENAI", "apiKey": "k1"}, other: object{"provider": "OPENAI", "model": "m"},
		mutation: `mutation($input: SetAiIntegrationInput!) { p: setAiIntegration(input: $input) { company { ...versions } userErrors { code field } } }`,
		version:  func(v shownVersions) string { return v.Integrations.Ai.Version },
		write:    "update configuracion_ia set modelo = 'theirs' where empresa_id = $1",
		forget:   "delete from configuracion_ia where empresa_id = $1",
	}, {
		name: "apartmentColumns", one: object{"externalId": 1, "name": 2}, other: object{"externalId": 3, "name": 2},
		mutation: `mutation($input: SaveApartmentColumnsInput!) { p: saveApartmentColumns(input: $input) { company { ...versions } userErrors { code field } } }`,
		version: func(v shownVersions) string {
			if v.ApartmentColumns == nil {
				return "0"
			}
			return v.ApartmentColumns.Version
		},
		write:  `update empresas set configuracion = jsonb_set(configuracion, '{xlsx_apartamentos,col_nombre}', '9') where id = $1`,
		forget: "update empresas set configuracion = '{}' where id = $1",
	}, {
		name: "lateCheckIn", one: object{"cutoff": "21:30"}, other: object{"cutoff": "21:30", "columns": object{"phone": "B"}},
		mutation: `mutation($input: SaveLateCheckInConfigInput!) { p: saveLateCheckInConfig(input: $input) { company { ...versions } userErrors { code field } } }`,
		version:  func(v shownVersions) string { return v.LateCheckIn.Version },
		write:    `update empresas set configuracion = jsonb_set(configuracion, '{notificaciones_tardias,hora_corte}', '"22:22"') where id = $1`,
		forget:   "update empresas set configuracion = '{}' where id = $1",
	},
}

// of reads the version from what is shown of a company.
func (v versioned) of(t testing.TB, company json.RawMessage) string {
	t.Helper()
	var shown shownVersions
	if err := json.Unmarshal(company, &shown); err != nil {
		t.Fatalf("%v: %s", err, company)
	}
	return v.version(shown)
}

func (v versioned) current(t testing.TB, s *testserver.Server, token string) string {
	t.Helper()
	return v.of(t, companyOf(t, s, token, versionsFragment))
}

// save saves for a version, nil for any. It returns whether it was saved, and
// the version that the answer shows; the only refusal that may be is CONFLICT.
func (v versioned) save(t testing.TB, s *testserver.Server, token string, input object, expected any) (saved bool, version string) {
	t.Helper()
	p := mutate(t, s, token, v.mutation+versionsFragment, object{"input": with(input, "expectedVersion", expected)})
	if len(p.UserErrors) > 0 {
		got := fmt.Sprint(p.UserErrors)
		if got != "[{CONFLICT [input expectedVersion]}]" {
			t.Errorf("%s: user errors %s", v.name, got)
		}
	}
	return len(p.UserErrors) == 0, v.of(t, p.Company)
}

func (v versioned) mustSave(t testing.TB, s *testserver.Server, token string, input object, expected any) (version string) {
	t.Helper()
	saved, version := v.save(t, s, token, input, expected)
	if !saved {
		t.Fatalf("%s: not saved for version %v; now it is %s", v.name, expected, version)
	}
	if current := v.current(t, s, token); current != version {
		t.Errorf("%s: the answer says %s, me says %s", v.name, version, current)
	}
	return version
}

// wantConflict tries to save; the answer must show the current state.
func (v versioned) wantConflict(t testing.TB, s *testserver.Server, token string, company uuid.UUID, input object, expected any) {
	t.Helper()
	current, rows, entries := v.current(t, s, token), rowsOf(t.(*testing.T), s, company), stored(t, s, allEntries)
	saved, shown := v.save(t, s, token, input, expected)
	if saved || shown != current {
		t.Errorf("%s for version %v: saved %t, shows %s, want %s", v.name, expected, saved, shown, current)
	}
	if rowsOf(t.(*testing.T), s, company) != rows {
		t.Errorf("%s: a conflict changed something", v.name)
	}
	wantStored(t, s, entries, allEntries)
}

func forEachVersioned(t *testing.T, test func(t *testing.T, s *testserver.Server, p testserver.People, v versioned)) {
	t.Helper()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		for _, v := range allVersioned {
			t.Run(v.name, func(t *testing.T) {
				t.Parallel()
				s := testserver.New(t, shape)
				test(t, s, s.People(t), v)
			})
		}
	})
}
