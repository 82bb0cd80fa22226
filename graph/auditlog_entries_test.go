package graph_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// entry is an entry of the audit log in a response.
type entry struct {
	ID, At, Kind, RequestID string
	Actor, Address          *string
	Changes                 []struct {
		Field    string
		Old, New *string
	}
}

// summary formats the kind and the changes: "KIND field old>new field old>new", with
// "-" for null.
func (e entry) summary() string {
	words := []string{e.Kind}
	for _, c := range e.Changes {
		words = append(words, c.Field, orDash(c.Old)+">"+orDash(c.New))
	}
	return strings.Join(words, " ")
}

func orDash(text *string) string {
	if text == nil {
		return "-"
	}
	return *text
}

// auditLog returns the newest entries of the caller's company.
func auditLog(t testing.TB, s *testserver.Server, token string) []entry {
	t.Helper()
	return auditPage(t, s, token, nil).Nodes
}

// recorded calls do and returns the entries that it added to the audit log of the
// caller's company, newest first.
func recorded(t testing.TB, s *testserver.Server, token string, do func()) []entry {
	t.Helper()
	before := auditLog(t, s, token)
	do()
	after := auditLog(t, s, token)
	if len(after) < len(before) {
		t.Fatalf("entries went from %d to %d", len(before), len(after))
	}
	return after[:len(after)-len(before)]
}

// wantEntries compares summaries, oldest first.
func wantEntries(t testing.TB, got []entry, want ...string) {
	t.Helper()
	var summaries []string
	for i := range got {
		summaries = append(summaries, got[len(got)-1-i].summary())
	}
	if strings.Join(summaries, "\n") != strings.Join(want, "\n") {
		t.Errorf("entries\n%s\nwant\n%s", strings.Join(summaries, "\n"), strings.Join(want, "\n"))
	}
}

func TestChangeWritesOneEntryAndARepeatWritesNothing(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		s := testserver.New(t, shape)
		p := s.People(t)
		admin, colleague := s.Token(t, p.Admin), s.Token(t, testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID}))
		fingerprint := func(key string) string { return s.App.Keys.Fingerprint(p.Company.ID.String(), key) }
		letters := object{"guestName": "A", "phone": "zz"}
		for _, c := range []struct {
			mutation string
			input    object
			want     string // "" for no entry
		}{
			{setPmsMutation, object{"provider": "SMOOBU", "apiKey": "k1"}, "PMS_INTEGRATION_SET provider ->smoobu apiKey ->" + fingerprint("k1")},
			{setPmsMutation, object{"provider": "SMOOBU", "apiKey": "k2"}, "PMS_INTEGRATION_SET apiKey " + fingerprint("k1") + ">" + fingerprint("k2")},
			{setPmsMutation, object{"provider": "BEDS24", "apiKey": "k2"}, "PMS_INTEGRATION_SET provider smoobu>beds24"},
			{removePmsMutation, nil, "PMS_INTEGRATION_REMOVED provider beds24>- apiKey " + fingerprint("k2") + ">-"},

			{setAiMutation, object{"provider": "OPENAI", "apiKey": "k1", "model": "m1"}, "AI_INTEGRATION_SET provider ->openai model ->m1 apiKey ->" + fingerprint("k1")},
			{setAiMutation, object{"provider": "OPENAI"}, ""},
			{setAiMutation, object{"provider": "OPENAI", "model": "m2"}, "AI_INTEGRATION_SET model m1>m2"},
			{setAiMutation, object{"provider": "OPENAI", "model": ""}, "AI_INTEGRATION_SET model m2>"},
			{setAiMutation, object{"provider": "OPENAI", "model": nil}, "AI_INTEGRATION_SET model >-"},
			{setAiMutation, object{"provider": "OPENAI", "apiKey": nil}, "AI_INTEGRATION_SET apiKey " + fingerprint("k1") + ">-"},
			{setAiMutation, object{"provider": "DEFAULT"}, "AI_INTEGRATION_SET provider openai>default"},
			{removeAiMutation, nil, "AI_INTEGRATION_REMOVED provider default>-"},

			{saveApartmentMutation, object{"externalId": 0, "name": 2}, "APARTMENT_COLUMNS_SAVED externalId ->0 name ->2 address ->0 city ->0"},
			{saveApartmentMutation, object{"externalId": 1, "name": 2, "city": 200}, "APARTMENT_COLUMNS_SAVED externalId 0>1 city 0>200"},

			{saveLateCheckInMutation, object{"cutoff": "20:00"}, "LATE_CHECK_IN_CONFIG_SAVED"}, // the first save, of the defaults
			{saveLateCheckInMutation, object{"cutoff": "21:30", "columns": letters}, "LATE_CHECK_IN_CONFIG_SAVED cutoff 20:00>21:30 guestName ->A phone ->zz"},
			{saveLateCheckInMutation, object{"cutoff": "21:30"}, "LATE_CHECK_IN_CONFIG_SAVED guestName A>- phone zz>-"},
		} {
			var want []string
			if c.want != "" {
				want = append(want, c.want)
			}
			wantEntries(t, recorded(t, s, admin, func() { mustMutate(t, s, admin, c.mutation, inputOf(c.input)) }), want...)

			before := testdb.CompanyData(t, s.Pool, p.Company.ID)
			for range 2 {
				mustMutate(t, s, colleague, c.mutation, inputOf(c.input))
			}
			if testdb.CompanyData(t, s.Pool, p.Company.ID) != before {
				t.Errorf("%v: a repeat wrote something", c.input)
			}
		}
		wantEntries(t, recorded(t, s, admin, func() { mustMutate(t, s, admin, changePasswordMutation, change(testdb.Password, newPassword)) }), "PASSWORD_CHANGED")
		wantStored(t, s, "0", "select count(*)::text from profile.audit_log where company_id is distinct from $1", p.Company.ID)
	})
}

func TestEntryHasActorTimeAddressAndRequestID(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Alembic)
	p := s.People(t)
	start := time.Now().Add(-time.Second)
	token := s.Token(t, p.Admin) // stays valid because it makes the change
	responses := map[string]*testserver.Response{
		"PMS_INTEGRATION_SET":     s.Query(t, s.Token(t, p.Admin), setPmsMutation, inputOf(object{"provider": "SMOOBU", "apiKey": "k"})),
		"SIGNED_IN":               s.Query(t, "", loginMutation, credentials(p.Admin.Email, testdb.Password)),
		"SIGN_IN_REFUSED":         s.Query(t, "", loginMutation, credentials(p.Admin.Email, "wrong")),
		"PASSWORD_CHANGE_REFUSED": s.Query(t, s.Token(t, p.Admin), changePasswordMutation, change("wrong", newPassword)),
		"PASSWORD_CHANGED":        s.Query(t, token, changePasswordMutation, change(testdb.Password, newPassword)),
		"ACCESS_REFUSED":          s.Query(t, s.Token(t, p.Operator), removePmsMutation, nil),
	}
	entries := auditLog(t, s, token)
	if len(entries) != len(responses) {
		t.Errorf("%d entries of %d requests", len(entries), len(responses))
	}
	for _, e := range entries {
		who := p.Admin
		if e.Kind == "ACCESS_REFUSED" {
			who = p.Operator
		}
		at, err := time.Parse("2006-01-02T15:04:05.000Z", e.At)
		if err != nil || at.Before(start) || at.After(time.Now().Add(time.Second)) {
			t.Errorf("%s: at %s, %v", e.Kind, e.At, err)
		}
		if id := responses[e.Kind].Header.Get("X-Request-Id"); e.RequestID != id || id == "" {
			t.Errorf("%s: request %q, want %q", e.Kind, e.RequestID, id)
		}
		if orDash(e.Actor) != who.Email || orDash(e.Address) != "127.0.0.1" {
			t.Errorf("%s: by %s from %s", e.Kind, orDash(e.Actor), orDash(e.Address))
		}
		wantStored(t, s, who.ID.String()+" "+p.Company.ID.String(),
			"select concat_ws(' ', actor_id, company_id) from profile.audit_log where id::text = $1", e.ID)
	}
}

func TestRefusalsAreRecorded(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Alembic)
	p := s.People(t)
	admin := s.Token(t, p.Admin)
	wrong := func(user testdb.UserRow) object { return credentials(user.Email, "wrong") }
	none := func(testdb.UserRow) object { return nil }
	pair := []string{"ACCESS_REFUSED field ->Mutation.removePmsIntegration", "ACCESS_REFUSED field ->Mutation.removeAiIntegration"}
	five := []string{"", "", "", "", ""}
	for name, c := range map[string]struct {
		role      string // of the user, who has a token; "" for no token
		operation string
		variables func(user testdb.UserRow) object
		codes     []string // of repeated requests
		want      []string // entries, whose actor is the user
	}{
		"a wrong password": {"", loginMutation, wrong, five[:1], []string{"SIGN_IN_REFUSED"}},
		"an inactive account": {"", loginMutation, func(user testdb.UserRow) object {
			testdb.Exec(t, s.Pool, "update usuarios set activo = false where id = $1", user.ID)
			return credentials(user.Email, testdb.Password)
		}, five[:1], []string{"SIGN_IN_REFUSED"}},
		"an unknown account":            {"", loginMutation, func(testdb.UserRow) object { return credentials("c4n4ry@example.com", "wrong") }, five[:1], nil},
		"an account of another company": {"", loginMutation, func(testdb.UserRow) object { return credentials(p.OtherAdmin.Email, "wrong") }, five[:1], nil},
		"wrong passwords in login": {"", loginMutation, wrong, append(five, "RATE_LIMITED", "RATE_LIMITED"),
			append(slices.Repeat([]string{"SIGN_IN_REFUSED"}, 5), "SIGN_IN_REFUSED reason ->RATE_LIMITED", "SIGN_IN_REFUSED reason ->RATE_LIMITED")},
		"wrong passwords in changePassword": {"operativo", changePasswordMutation, func(testdb.UserRow) object { return change("wrong", newPassword) }, append(five, "RATE_LIMITED"),
			append(slices.Repeat([]string{"PASSWORD_CHANGE_REFUSED"}, 5), "PASSWORD_CHANGE_REFUSED reason ->RATE_LIMITED")},
		"a mutation": {"operativo", removePmsMutation, none, []string{"FORBIDDEN"}, pair[:1]},
		"mutations that are repeated in an operation": {"operativo", "mutation { a: removePmsIntegration { p: userErrors { code } }" +
			strings.Repeat(" removePmsIntegration { userErrors { code } } b: removeAiIntegration { userErrors { code } }", 4) + " }", none, []string{"FORBIDDEN"}, pair},
		"the audit log, twice": {"operativo", "{ a: me { company { auditLog { nodes { id } } } } b: me { company { log: auditLog { nodes { id } } } } }", none,
			[]string{"FORBIDDEN"}, []string{"ACCESS_REFUSED field ->Company.auditLog"}},
		"no token":                {"", removePmsMutation, none, []string{"UNAUTHENTICATED"}, nil},
		"a missing key":           {"admin", setAiMutation, func(testdb.UserRow) object { return inputOf(object{"provider": "CLAUDE"}) }, five[:1], nil},
		"the same password again": {"admin", changePasswordMutation, func(testdb.UserRow) object { return change(testdb.Password, testdb.Password) }, five[:1], nil},
	} {
		t.Run(name, func(t *testing.T) {
			user, token := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID, Role: c.role}), ""
			if c.role != "" {
				token = s.Token(t, user)
			}
			entries := recorded(t, s, admin, func() {
				for _, code := range c.codes {
					wantCode(t, s, token, c.operation, c.variables(user), code)
				}
			})
			wantEntries(t, entries, c.want...)
			for _, e := range entries {
				if orDash(e.Actor) != user.Email {
					t.Errorf("by %s, want %s", orDash(e.Actor), user.Email)
				}
			}
		})
	}
	wantStored(t, s, "0", "select count(*)::text from profile.audit_log a where to_jsonb(a)::text like '%c4n4ry%'")
}

// failWrites makes all writes to a table fail, immediately or at the commit.
func failWrites(t testing.TB, s *testserver.Server, table, when string) {
	t.Helper()
	testdb.Exec(t, s.Pool, `create or replace function fail() returns trigger language plpgsql as
		$$ begin raise exception 'refused for a test'; end $$`)
	testdb.Exec(t, s.Pool, "create constraint trigger fail after insert or update or delete on "+table+" "+when+
		" for each row execute function fail()")
}

const (
	immediately = "not deferrable"
	atCommit    = "deferrable initially deferred"
)

func TestChangeAndItsEntryAreOneTransaction(t *testing.T) {
	t.Parallel()
	for failing, tables := range map[string][]string{
		"entry":  {"profile.audit_log"},
		"change": {"empresas", "usuarios", "configuracion_pms", "configuracion_ia"},
	} {
		for _, when := range []string{immediately, atCommit} {
			t.Run(failing+" fails "+when, func(t *testing.T) {
				t.Parallel()
				s := testserver.New(t, testdb.Alembic)
				callers := map[string]testserver.People{}
				for name, field := range rootFields {
					if field.changes {
						callers[name] = s.People(t)
						insertIntegrations(t, s, callers[name].Company.ID)
					}
				}
				for _, table := range tables {
					failWrites(t, s, table, when)
				}
				for name, p := range callers {
					field := rootFields[name]
					before := testdb.CompanyData(t, s.Pool, p.Company.ID)
					wantCode(t, s, s.Token(t, p.Admin), field.operation, field.variables(p), "INTERNAL_SERVER_ERROR")
					if testdb.CompanyData(t, s.Pool, p.Company.ID) != before {
						t.Errorf("%s: something changed", name)
					}
				}
			})
		}
	}
}

func TestLoginAndRefusalFailWithoutTheirEntry(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	failWrites(t, s, "profile.audit_log", immediately)
	admin, operator := s.Token(t, p.Admin), s.Token(t, p.Operator)
	for _, password := range []string{testdb.Password, "wrong"} {
		wantCode(t, s, "", loginMutation, credentials(p.Admin.Email, password), "INTERNAL_SERVER_ERROR")
	}
	wantCode(t, s, admin, changePasswordMutation, change("wrong", newPassword), "INTERNAL_SERVER_ERROR")
	wantCode(t, s, operator, removePmsMutation, nil, "INTERNAL_SERVER_ERROR")
}

func TestEntriesOutliveTheirCompany(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		s := testserver.New(t, shape)
		p := s.People(t)
		token := s.Token(t, p.Admin)
		mustMutate(t, s, token, setPmsMutation, inputOf(object{"provider": "SMOOBU", "apiKey": "k"}))
		testdb.Exec(t, s.Pool, "delete from empresas where id = $1", p.Company.ID)
		wantStored(t, s, p.Company.ID.String(), "select company_id::text from profile.audit_log")
		wantSignedOut(t, s, token)
	})
}
