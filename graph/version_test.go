package graph_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// versioned is a setting that is saved with an expected version.
type versioned struct {
	save, shown   string             // the mutation, and the version in a selection of a company
	one, other    object             // two different states
	nth           func(n int) object // a state of its own for each n
	write, forget string             // statements of the Python service
}

var allVersioned = []versioned{
	{
		save: "setPmsIntegration", shown: "integrations { pms { version } }",
		one: object{"provider": "SMOOBU", "apiKey": "k1"}, other: object{"provider": "SMOOBU", "apiKey": "k2"},
		nth:    func(n int) object { return object{"provider": "SMOOBU", "apiKey": fmt.Sprint(n)} },
		write:  "update configuracion_pms set proveedor = 'hostaway' where empresa_id = $1",
		forget: "delete from configuracion_pms where empresa_id = $1",
	}, {
		save: "setAiIntegration", shown: "integrations { ai { version } }",
		one: object{"provider": "OPENAI", "apiKey": "k1"}, other: object{"provider": "OPENAI", "model": "m"},
		nth:    func(n int) object { return object{"provider": "OPENAI", "apiKey": fmt.Sprint(n)} },
		write:  "update configuracion_ia set modelo = 'theirs' where empresa_id = $1",
		forget: "delete from configuracion_ia where empresa_id = $1",
	}, {
		save: "saveApartmentColumns", shown: "apartmentColumns { version }",
		one: object{"externalId": 1, "name": 2}, other: object{"externalId": 3, "name": 2},
		nth:    func(n int) object { return object{"externalId": n, "name": 7} },
		write:  `update empresas set configuracion = jsonb_set(configuracion, '{xlsx_apartamentos,col_nombre}', '9') where id = $1`,
		forget: "update empresas set configuracion = '{}' where id = $1",
	}, {
		save: "saveLateCheckInConfig", shown: "lateCheckIn { version }",
		one: object{"cutoff": "21:30"}, other: object{"cutoff": "21:30", "columns": object{"phone": "B"}},
		nth:    func(n int) object { return object{"cutoff": fmt.Sprintf("00:%02d", n)} },
		write:  `update empresas set configuracion = jsonb_set(configuracion, '{notificaciones_tardias,hora_corte}', '"22:22"') where id = $1`,
		forget: "update empresas set configuracion = '{}' where id = $1",
	},
}

// versionIn returns the version in a selection, "0" for a setting that is null.
func versionIn(selection json.RawMessage) string {
	match := regexp.MustCompile(`"version":"([^"]*)"`).FindSubmatch(selection)
	if match == nil {
		return "0"
	}
	return string(match[1])
}

func (v versioned) current(t testing.TB, s *testserver.Server, token string) string {
	t.Helper()
	return versionIn(companyOf(t, s, token, "fragment version on Company { "+v.shown+" }"))
}

// trySave saves with an expected version, nil for any. It returns whether the state was
// saved, and the version in the response. It allows no user error but CONFLICT.
func (v versioned) trySave(t testing.TB, s *testserver.Server, token string, input object, expected any) (saved bool, version string) {
	t.Helper()
	operation := "mutation($input: " + strings.ToUpper(v.save[:1]) + v.save[1:] + "Input!) { p: " + v.save + "(input: $input) { company { " + v.shown + " } userErrors { code field } } }"
	p := mutate(t, s, token, operation, inputOf(with(input, "expectedVersion", expected)))
	if got := fmt.Sprint(p.UserErrors); got != "[]" && got != "[{CONFLICT [input expectedVersion]}]" {
		t.Errorf("%s: user errors %s", v.save, got)
	}
	return len(p.UserErrors) == 0, versionIn(p.Company)
}

func (v versioned) mustSave(t testing.TB, s *testserver.Server, token string, input object, expected any) (version string) {
	t.Helper()
	saved, version := v.trySave(t, s, token, input, expected)
	if !saved {
		t.Fatalf("%s: not saved for version %v; now it is %s", v.save, expected, version)
	}
	if current := v.current(t, s, token); current != version {
		t.Errorf("%s: version %s in the payload, %s in me", v.save, version, current)
	}
	return version
}

// wantConflict saves; it expects a CONFLICT, no change, and the current version in the
// response.
func (v versioned) wantConflict(t testing.TB, s *testserver.Server, token string, company uuid.UUID, input object, expected any) {
	t.Helper()
	current, before := v.current(t, s, token), testdb.CompanyData(t, s.Pool, company)
	saved, shown := v.trySave(t, s, token, input, expected)
	if saved || shown != current || testdb.CompanyData(t, s.Pool, company) != before {
		t.Errorf("%s for version %v: saved %t, shows %s, want %s and no change", v.save, expected, saved, shown, current)
	}
}

func forEachVersioned(t *testing.T, test func(t *testing.T, s *testserver.Server, p testserver.People, v versioned)) {
	t.Helper()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		s := testserver.New(t, shape)
		for _, v := range allVersioned {
			t.Run(v.save, func(t *testing.T) { test(t, s, s.People(t), v) })
		}
	})
}

func TestSaveRequiresTheStoredVersion(t *testing.T) {
	t.Parallel()
	forEachVersioned(t, func(t *testing.T, s *testserver.Server, p testserver.People, v versioned) {
		token, id := s.Token(t, p.Admin), p.Company.ID
		if unsaved := v.current(t, s, token); unsaved != "0" {
			t.Errorf("unsaved version %q", unsaved)
		}
		for _, wrong := range []string{"1", "", "00", "\x00"} {
			v.wantConflict(t, s, token, id, v.one, wrong)
		}
		first := v.mustSave(t, s, token, v.one, "0")
		v.wantConflict(t, s, token, id, v.other, "0")
		second := v.mustSave(t, s, token, v.other, first)
		if first == "0" || second == first {
			t.Errorf("versions %q, %q", first, second)
		}
		v.wantConflict(t, s, token, id, v.one, first)
		v.wantConflict(t, s, token, id, v.one, second+" ")
		v.mustSave(t, s, token, v.one, nil) // null accepts any version

		third := v.current(t, s, token)
		testdb.Exec(t, s.Pool, v.write, id)
		v.wantConflict(t, s, token, id, v.other, third)
		v.mustSave(t, s, token, v.other, v.current(t, s, token))

		if others := v.current(t, s, s.Token(t, p.OtherAdmin)); others != "0" {
			t.Errorf("the other company has version %s", others)
		}
	})
}

func TestOneOfSeveralConcurrentSavesOfAVersionSucceeds(t *testing.T) {
	t.Parallel()
	forEachVersioned(t, func(t *testing.T, s *testserver.Server, p testserver.People, v versioned) {
		token := s.Token(t, p.Admin)
		slowWrites(t, s, "configuracion_pms", "configuracion_ia", "empresas")
		for round := range 10 {
			if round%2 == 0 { // without a row to lock
				testdb.Exec(t, s.Pool, v.forget, p.Company.ID)
			}
			version, entries := v.current(t, s, token), len(auditLog(t, s, token))
			var saved [3]bool
			var all sync.WaitGroup
			for i := range saved {
				all.Go(func() { saved[i], _ = v.trySave(t, s, token, v.nth(len(saved)*round+i), version) })
			}
			all.Wait()
			winners := 0
			for _, won := range saved {
				if won {
					winners++
				}
			}
			if after := len(auditLog(t, s, token)); winners != 1 || after != entries+1 {
				t.Fatalf("round %d: %d saves for one version, %d entries", round, winners, after-entries)
			}
		}
	})
}

func TestVersionChangesOnlyWithItsState(t *testing.T) {
	t.Parallel()
	forEachVersioned(t, func(t *testing.T, s *testserver.Server, p testserver.People, v versioned) {
		token := s.Token(t, p.Admin)
		version := v.mustSave(t, s, token, v.one, nil)
		if again := v.mustSave(t, s, token, v.one, version); again != version {
			t.Errorf("the same state has version %s, before %s", again, version)
		}
		if seen := v.current(t, s, s.Token(t, p.Operator)); seen != version {
			t.Errorf("an operator sees version %s, an admin %s", seen, version)
		}
		for _, other := range allVersioned { // saves of other settings
			if other.save != v.save {
				other.mustSave(t, s, token, other.one, nil)
			}
		}
		if after := v.current(t, s, token); after != version {
			t.Errorf("another save changed the version from %s to %s", version, after)
		}
	})
}

func TestEqualConfigurationsHaveEqualVersions(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	admin, other := s.Token(t, p.Admin), s.Token(t, p.OtherAdmin)
	for _, v := range allVersioned[2:] {
		first := v.mustSave(t, s, admin, v.one, nil)
		v.mustSave(t, s, admin, v.other, nil)
		if back := v.mustSave(t, s, admin, v.one, nil); back != first {
			t.Errorf("%s: version %s, and %s for the same state later", v.save, first, back)
		}
	}
	testdb.Exec(t, s.Pool, `update empresas set configuracion = $2::jsonb where id = $1`, p.OtherCompany.ID, `{"z": 1,
		"notificaciones_tardias": {"col_nombre":"","col_checkin":"","col_hora_llegada":"","col_telefono":"","col_apartamento":"","hora_corte":"21:30"},
		"xlsx_apartamentos": {"col_ciudad": 0, "col_direccion": 0, "col_nombre": 2, "col_id_externo": 1}}`)
	for _, v := range allVersioned[2:] {
		if ours, theirs := v.current(t, s, admin), v.current(t, s, other); ours != theirs {
			t.Errorf("%s: version %s, but %s for the JSON of the Python service", v.save, ours, theirs)
		}
	}
}
