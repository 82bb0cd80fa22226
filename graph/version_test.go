package graph_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestASaveIsMadeOnlyForTheVersionThatIsStored(t *testing.T) {
	t.Parallel()
	forEachVersioned(t, func(t *testing.T, s *testserver.Server, p testserver.People, v versioned) {
		token, id := s.Token(t, p.Admin), p.Company.ID
		if unsaved := v.current(t, s, token); unsaved != "0" {
			t.Errorf("unsaved it has version %q", unsaved)
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
		v.mustSave(t, s, token, v.one, nil) // null expects nothing

		third := v.current(t, s, token)
		execute(t, s, v.write, id)
		v.wantConflict(t, s, token, id, v.other, third)
		v.mustSave(t, s, token, v.other, v.current(t, s, token))

		if others := v.current(t, s, s.Token(t, p.OtherAdmin)); others != "0" {
			t.Errorf("the other company has version %s", others)
		}
	})
}

func TestOfTwoSavesForTheSameVersionOneIsMade(t *testing.T) {
	t.Parallel()
	forEachVersioned(t, func(t *testing.T, s *testserver.Server, p testserver.People, v versioned) {
		token := s.Token(t, p.Admin)
		execute(t, s, "create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.02); return new; end $$")
		for _, table := range []string{"configuracion_pms", "configuracion_ia", "empresas"} {
			execute(t, s, "create trigger slow before insert or update on "+table+" for each row execute function slow()")
		}
		for round := range 10 {
			if round%2 == 0 { // what was never saved has no row to lock
				execute(t, s, v.forget, p.Company.ID)
			}
			version, entries := v.current(t, s, token), len(auditLog(t, s, token))
			var saved [3]bool
			var all sync.WaitGroup
			for i := range saved {
				input := object{"provider": "OPENAI", "apiKey": fmt.Sprint("key ", round, i)}
				switch v.name {
				case "pms":
					input["provider"] = "SMOOBU"
				case "apartmentColumns":
					input = object{"externalId": i, "name": round + 1}
				case "lateCheckIn":
					input = object{"cutoff": fmt.Sprintf("%02d:%02d", i, round)}
				}
				all.Go(func() { saved[i], _ = v.save(t, s, token, input, version) })
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

func TestTheVersionStaysWhileTheStateDoes(t *testing.T) {
	t.Parallel()
	forEachVersioned(t, func(t *testing.T, s *testserver.Server, p testserver.People, v versioned) {
		token := s.Token(t, p.Admin)
		version := v.mustSave(t, s, token, v.one, nil)
		if again := v.mustSave(t, s, token, v.one, version); again != version {
			t.Errorf("the same state again has version %s, before %s", again, version)
		}
		if seen := v.current(t, s, s.Token(t, p.Operator)); seen != version {
			t.Errorf("an operator sees version %s, an admin %s", seen, version)
		}
		for _, other := range allVersioned { // what else is saved does not count
			if other.name != v.name {
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
			t.Errorf("%s: %s, and when it is so again %s", v.name, first, back)
		}
	}
	execute(t, s, `update empresas set configuracion = $2::jsonb where id = $1`, p.OtherCompany.ID, `{"z": 1,
		"notificaciones_tardias": {"col_nombre":"","col_checkin":"","col_hora_llegada":"","col_telefono":"","col_apartamento":"","hora_corte":"21:30"},
		"xlsx_apartamentos": {"col_ciudad": 0, "col_direccion": 0, "col_nombre": 2, "col_id_externo": 1}}`)
	for _, v := range allVersioned[2:] {
		if ours, theirs := v.current(t, s, admin), v.current(t, s, other); ours != theirs {
			t.Errorf("%s: %s, but %s as the other service writes it", v.name, ours, theirs)
		}
	}
}

// Where no version is shown, it is that of what was never saved.
func TestWhatCountsAsNeverSavedCanBeSavedForVersion0(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	for _, odd := range []string{
		`{"xlsx_apartamentos": null, "notificaciones_tardias": null}`, `{"xlsx_apartamentos": "x"}`,
		`{"xlsx_apartamentos": {"col_nombre": "B"}}`, `[]`, `null`,
	} {
		p := s.People(t)
		token := s.Token(t, p.Admin)
		execute(t, s, "update empresas set configuracion = $2::jsonb where id = $1", p.Company.ID, odd)
		for _, v := range allVersioned[2:] {
			v.mustSave(t, s, token, v.one, "0")
		}
	}
}
