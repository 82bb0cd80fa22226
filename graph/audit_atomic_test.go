package graph_test

import (
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// refuse makes the database fail whatever writes to a table, at once or not
// before the commit.
func refuse(t testing.TB, s *testserver.Server, table, when string) {
	t.Helper()
	execute(t, s, `create or replace function refuse() returns trigger language plpgsql as
		$$ begin raise exception 'refused for a test'; end $$`)
	execute(t, s, "create constraint trigger refuse after insert or update or delete on "+table+" "+when+
		" for each row execute function refuse()")
}

const (
	atOnce     = "not deferrable"
	atCommit   = "deferrable initially deferred"
	allEntries = "select count(*)::text from profile.audit_log"
	whoChanged = "select coalesce(string_agg(c::text, ' ' order by c::text), '') from profile.integration_changes c"
)

// forEachChange runs test with each mutation that changes something stored.
func forEachChange(t *testing.T, test func(t *testing.T, f rootField)) {
	t.Helper()
	for name, field := range rootFields {
		if field.changes {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, field)
			})
		}
	}
}

func TestAChangeThatCannotBeWrittenDownIsNotMade(t *testing.T) {
	t.Parallel()
	for _, when := range []string{atOnce, atCommit} {
		t.Run(when, func(t *testing.T) {
			forEachChange(t, func(t *testing.T, f rootField) {
				s := testserver.New(t, testdb.Alembic)
				p := s.People(t)
				fill(t, s, p.Company.ID)
				refuse(t, s, "profile.audit_log", when)
				rows, who := rowsOf(t, s, p.Company.ID), stored(t, s, whoChanged)
				token := s.Token(t, p.Admin)
				wantCode(t, s, token, f.operation, f.variables(p), "INTERNAL_SERVER_ERROR")
				if rowsOf(t, s, p.Company.ID) != rows {
					t.Error("something changed")
				}
				wantStored(t, s, who, whoChanged)

				execute(t, s, "drop trigger refuse on profile.audit_log")
				mustMutate(t, s, token, f.operation, f.variables(p))
				wantStored(t, s, "1", allEntries)
			})
		})
	}
}

func TestAChangeThatFailsIsNotWrittenDown(t *testing.T) {
	t.Parallel()
	for _, when := range []string{atOnce, atCommit} {
		t.Run(when, func(t *testing.T) {
			forEachChange(t, func(t *testing.T, f rootField) {
				s := testserver.New(t, testdb.Own)
				p := s.People(t)
				fill(t, s, p.Company.ID)
				for _, table := range []string{"empresas", "usuarios", "configuracion_pms", "configuracion_ia"} {
					refuse(t, s, table, when)
				}
				rows := rowsOf(t, s, p.Company.ID)
				wantCode(t, s, s.Token(t, p.Admin), f.operation, f.variables(p), "INTERNAL_SERVER_ERROR")
				if rowsOf(t, s, p.Company.ID) != rows {
					t.Error("something changed")
				}
				wantStored(t, s, "0", allEntries)
				wantStored(t, s, "", whoChanged)
			})
		})
	}
}

// Neither does a session begin nor a refusal pass of which the log knows
// nothing.
func TestNothingIsToldThatCannotBeWrittenDown(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	refuse(t, s, "profile.audit_log", atOnce)
	admin, operator := s.Token(t, p.Admin), s.Token(t, p.Operator)
	for _, password := range []string{testdb.Password, "wrong"} {
		wantCode(t, s, "", loginMutation, object{"input": object{"email": p.Admin.Email, "password": password}}, "INTERNAL_SERVER_ERROR")
	}
	wantCode(t, s, admin, changePasswordMutation, object{"input": object{"currentPassword": "wrong", "newPassword": newPassword}}, "INTERNAL_SERVER_ERROR")
	wantCode(t, s, operator, removePmsMutation, nil, "INTERNAL_SERVER_ERROR")
}

func TestDeletingACompanyKeepsItsEntriesAndIsNotBlockedByThem(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		s := testserver.New(t, shape)
		p := s.People(t)
		token := s.Token(t, p.Admin)
		mustMutate(t, s, token, setPmsMutation, object{"input": object{"provider": "SMOOBU", "apiKey": "k"}})
		execute(t, s, "delete from empresas where id = $1", p.Company.ID)
		wantStored(t, s, p.Company.ID.String(), "select company_id::text from profile.audit_log")
		wantSignedOut(t, s, token)
	})
}
