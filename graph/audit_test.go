package graph_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestEveryRealChangeLeavesOneEntryAndARepeatNone(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		s := testserver.New(t, shape)
		p := s.People(t)
		token := s.Token(t, p.Admin)
		print := func(key string) string { return s.App.Keys.Fingerprint(p.Company.ID.String(), key) }
		letters := object{"guestName": "A", "phone": "zz"}
		for _, c := range []struct {
			mutation string
			input    object
			want     string // "" for no entry
		}{
			{setPmsMutation, object{"provider": "SMOOBU", "apiKey": "k1"}, "PMS_INTEGRATION_SET provider ->smoobu apiKey ->" + print("k1")},
			{setPmsMutation, object{"provider": "SMOOBU", "apiKey": "k1"}, ""},
			{setPmsMutation, object{"provider": "SMOOBU", "apiKey": "k2"}, "PMS_INTEGRATION_SET apiKey " + print("k1") + ">" + print("k2")},
			{setPmsMutation, object{"provider": "BEDS24", "apiKey": "k2"}, "PMS_INTEGRATION_SET provider smoobu>beds24"},
			{removePmsMutation, nil, "PMS_INTEGRATION_REMOVED provider beds24>- apiKey " + print("k2") + ">-"},
			{removePmsMutation, nil, ""},

			{setAiMutation, object{"provider": "OPENAI", "apiKey": "k1", "model": "m1"}, "AI_INTEGRATION_SET provider ->openai model ->m1 apiKey ->" + print("k1")},
			{setAiMutation, object{"provider": "OPENAI", "apiKey": "k1", "model": "m1"}, ""},
			{setAiMutation, object{"provider": "OPENAI"}, ""},
			{setAiMutation, object{"provider": "OPENAI", "model": "m2"}, "AI_INTEGRATION_SET model m1>m2"},
			{setAiMutation, object{"provider": "OPENAI", "model": ""}, "AI_INTEGRATION_SET model m2>"},
			{setAiMutation, object{"provider": "OPENAI", "model": nil}, "AI_INTEGRATION_SET model >-"},
			{setAiMutation, object{"provider": "OPENAI", "apiKey": nil}, "AI_INTEGRATION_SET apiKey " + print("k1") + ">-"},
			{setAiMutation, object{"provider": "OPENAI", "apiKey": nil}, ""},
			{setAiMutation, object{"provider": "DEFAULT"}, "AI_INTEGRATION_SET provider openai>default"},
			{removeAiMutation, nil, "AI_INTEGRATION_REMOVED provider default>-"},
			{removeAiMutation, nil, ""},

			{saveApartmentMutation, object{"externalId": 0, "name": 2}, "APARTMENT_COLUMNS_SAVED externalId ->0 name ->2 address ->0 city ->0"},
			{saveApartmentMutation, object{"externalId": 0, "name": 2}, ""},
			{saveApartmentMutation, object{"externalId": 1, "name": 2, "city": 200}, "APARTMENT_COLUMNS_SAVED externalId 0>1 city 0>200"},

			{saveLateCheckInMutation, object{"cutoff": "21:30", "columns": letters}, "LATE_CHECK_IN_CONFIG_SAVED cutoff 20:00>21:30 guestName ->A phone ->zz"},
			{saveLateCheckInMutation, object{"cutoff": "21:30", "columns": letters}, ""},
			{saveLateCheckInMutation, object{"cutoff": "21:30"}, "LATE_CHECK_IN_CONFIG_SAVED guestName A>- phone zz>-"},

			{changePasswordMutation, object{"currentPassword": testdb.Password, "newPassword": newPassword}, "PASSWORD_CHANGED"},
		} {
			entries := recorded(t, s, token, func() { mustMutate(t, s, token, c.mutation, inputOf(c.input)) })
			if c.want == "" {
				wantEntries(t, entries)
			} else {
				wantEntries(t, entries, c.want)
			}
		}
		wantStored(t, s, "0", "select count(*)::text from profile.audit_log where company_id is distinct from $1", p.Company.ID)
	})
}

func inputOf(input object) object {
	if input == nil {
		return nil
	}
	return object{"input": input}
}

func TestAFirstSaveIsAnEntryEvenWhereItSavesTheDefault(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	token := s.Token(t, s.People(t).Admin)
	mustMutate(t, s, token, saveLateCheckInMutation, object{"input": object{"cutoff": "20:00"}})
	mustMutate(t, s, token, saveLateCheckInMutation, object{"input": object{"cutoff": "20:00"}})
	wantEntries(t, auditLog(t, s, token), "LATE_CHECK_IN_CONFIG_SAVED")
}

func TestAnEntryTellsWhoAndWhenAndFromWhereAndInWhichRequest(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Alembic)
	p := s.People(t)
	start := time.Now().Add(-time.Second)
	token := s.Token(t, p.Admin) // it makes the change, so it stays valid
	answers := map[string]*testserver.Response{
		"PMS_INTEGRATION_SET": s.Query(t, s.Token(t, p.Admin), setPmsMutation, object{"input": object{"provider": "SMOOBU", "apiKey": "k"}}),
		"SIGNED_IN":           s.Query(t, "", loginMutation, object{"input": object{"email": p.Admin.Email, "password": testdb.Password}}),
		"SIGN_IN_REFUSED":     s.Query(t, "", loginMutation, object{"input": object{"email": p.Admin.Email, "password": "wrong"}}),
		"PASSWORD_CHANGE_REFUSED": s.Query(t, s.Token(t, p.Admin), changePasswordMutation,
			object{"input": object{"currentPassword": "wrong", "newPassword": newPassword}}),
		"PASSWORD_CHANGED": s.Query(t, token, changePasswordMutation,
			object{"input": object{"currentPassword": testdb.Password, "newPassword": newPassword}}),
		"ACCESS_REFUSED": s.Query(t, s.Token(t, p.Operator), removePmsMutation, nil),
	}
	entries := auditLog(t, s, token)
	if len(entries) != len(answers) {
		t.Errorf("%d entries for %d requests", len(entries), len(answers))
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
		if id := answers[e.Kind].Header.Get("X-Request-Id"); e.RequestID != id || id == "" {
			t.Errorf("%s: request %q, want %q", e.Kind, e.RequestID, id)
		}
		if orDash(e.Actor) != who.Email || orDash(e.Address) != "127.0.0.1" {
			t.Errorf("%s: by %s from %s", e.Kind, orDash(e.Actor), orDash(e.Address))
		}
		wantStored(t, s, who.ID.String()+" "+p.Company.ID.String(),
			"select concat_ws(' ', actor_id, company_id) from profile.audit_log where id::text = $1", e.ID)
	}
}

// legacy sends a body to one of the REST routes.
func legacy(t testing.TB, s *testserver.Server, token, method, path, body string) int {
	t.Helper()
	r, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	return s.Request(t, r, token).StatusCode
}

func TestTheRestRoutesLeaveTheSameEntries(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	for range 2 {
		legacy(t, s, token, http.MethodPut, "/api/perfil/integraciones/pms", `{"proveedor":"smoobu","api_key":"k"}`)
	}
	legacy(t, s, token, http.MethodPut, "/api/perfil/xlsx-apartamentos", `{"col_id_externo":1,"col_nombre":2}`)
	legacy(t, s, s.Token(t, p.Operator), http.MethodPut, "/api/perfil/xlsx-apartamentos", `{"col_id_externo":1,"col_nombre":2}`)
	legacy(t, s, token, http.MethodPut, "/api/perfil/password", `{"password_actual":"wrong","password_nueva":"Another-Horse-2"}`)
	legacy(t, s, "", http.MethodPost, "/api/auth/login", `{"email":"`+p.Admin.Email+`","password":"wrong"}`)
	legacy(t, s, "", http.MethodPost, "/api/auth/login", `{"email":"`+p.Admin.Email+`","password":"`+testdb.Password+`"}`)
	wantEntries(t, auditLog(t, s, token),
		"PMS_INTEGRATION_SET provider ->smoobu apiKey ->"+s.App.Keys.Fingerprint(p.Company.ID.String(), "k"),
		"APARTMENT_COLUMNS_SAVED externalId ->1 name ->2 address ->0 city ->0",
		"ACCESS_REFUSED field ->Mutation.saveApartmentColumns", "PASSWORD_CHANGE_REFUSED", "SIGN_IN_REFUSED", "SIGNED_IN")
}

func TestRefusalsAreRecorded(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Alembic)
	p := s.People(t)
	admin, operator := s.Token(t, p.Admin), s.Token(t, p.Operator)
	another := func() testdb.UserRow { // of whom nothing is counted yet
		return testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID, Role: "operativo"})
	}
	repeating, looking, lookingTwice := another(), another(), another()
	inactive := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID, Inactive: true})
	signIn := func(email, password string) func() {
		return func() {
			wantRefusal(t, s, "", loginMutation, object{"input": object{"email": email, "password": password}}, "INVALID_CREDENTIALS")
		}
	}
	for name, c := range map[string]struct {
		do    func()
		want  []string
		actor string
	}{
		"a wrong password":        {signIn(p.Admin.Email, "wrong"), []string{"SIGN_IN_REFUSED"}, p.Admin.Email},
		"an inactive account":     {signIn(inactive.Email, testdb.Password), []string{"SIGN_IN_REFUSED"}, inactive.Email},
		"an unknown account":      {signIn("c4n4ry@example.com", testdb.Password), nil, ""},
		"that of another company": {signIn(p.OtherAdmin.Email, "wrong"), nil, ""},
		"an operator": {func() {
			wantCode(t, s, operator, setPmsMutation, object{"input": object{"provider": "SMOOBU", "apiKey": "k"}}, "FORBIDDEN")
		}, []string{"ACCESS_REFUSED field ->Mutation.setPmsIntegration"}, p.Operator.Email},
		"an operator, many times in an operation": {func() {
			wantCode(t, s, s.Token(t, repeating), "mutation { a: removePmsIntegration { p: userErrors { code } }"+
				strings.Repeat(" removePmsIntegration { userErrors { code } } b: removeAiIntegration { userErrors { code } }", 4)+" }", nil, "FORBIDDEN")
		}, []string{"ACCESS_REFUSED field ->Mutation.removePmsIntegration", "ACCESS_REFUSED field ->Mutation.removeAiIntegration"}, repeating.Email},
		"an operator who looks": {func() { wantCode(t, s, s.Token(t, looking), auditQuery, nil, "FORBIDDEN") }, []string{"ACCESS_REFUSED field ->Company.auditLog"}, looking.Email},
		"an operator who looks twice at a time": {func() {
			wantCode(t, s, s.Token(t, lookingTwice), "{ a: me { company { auditLog { nodes { id } } } } b: me { company { log: auditLog { nodes { id } } } } }", nil, "FORBIDDEN")
		}, []string{"ACCESS_REFUSED field ->Company.auditLog"}, lookingTwice.Email},
		"an operator who guesses the own password": {func() {
			for _, code := range []string{"", "", "", "", "", "RATE_LIMITED"} {
				wantCode(t, s, operator, changePasswordMutation, object{"input": object{"currentPassword": "wrong", "newPassword": newPassword}}, code)
			}
		}, append(slices.Repeat([]string{"PASSWORD_CHANGE_REFUSED"}, 5), "PASSWORD_CHANGE_REFUSED reason ->RATE_LIMITED"), p.Operator.Email},
		"who guesses an operator's password": {func() {
			for _, code := range []string{"", "", "", "", "", "RATE_LIMITED", "RATE_LIMITED"} {
				wantCode(t, s, "", loginMutation, object{"input": object{"email": p.Operator.Email, "password": "wrong"}}, code)
			}
		}, append(slices.Repeat([]string{"SIGN_IN_REFUSED"}, 5), "SIGN_IN_REFUSED reason ->RATE_LIMITED", "SIGN_IN_REFUSED reason ->RATE_LIMITED"), p.Operator.Email},
		"nobody": {func() { wantCode(t, s, "", removePmsMutation, nil, "UNAUTHENTICATED") }, nil, ""},
		"what is refused for the data": {func() {
			wantRefusal(t, s, admin, setAiMutation, object{"input": object{"provider": "CLAUDE"}}, "KEY_REQUIRED input.apiKey")
			wantRefusal(t, s, admin, changePasswordMutation, object{"input": object{"currentPassword": testdb.Password, "newPassword": testdb.Password}},
				"SAME_PASSWORD input.newPassword")
		}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			entries := recorded(t, s, admin, c.do)
			wantEntries(t, entries, c.want...)
			for _, e := range entries {
				if orDash(e.Actor) != c.actor {
					t.Errorf("by %s, want %s", orDash(e.Actor), c.actor)
				}
			}
		})
	}
	wantStored(t, s, "0", "select count(*)::text from profile.audit_log a where to_jsonb(a)::text like '%c4n4ry%'")
}

func TestTheAuditLogHoldsNoSecret(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	secrets := []string{"c4n4ry-pms", "c4n4ry-ai", "c4n4ry-Password-1", testdb.Password, token}
	mustMutate(t, s, token, setPmsMutation, object{"input": object{"provider": "SMOOBU", "apiKey": secrets[0]}})
	mustMutate(t, s, token, setAiMutation, object{"input": object{"provider": "OPENAI", "apiKey": secrets[1]}})
	mustMutate(t, s, token, setAiMutation, object{"input": object{"provider": "CLAUDE", "apiKey": secrets[0]}})
	secrets = append(secrets, stored(t, s, storedPmsKey, p.Company.ID), stored(t, s, storedAiKey, p.Company.ID))
	mustMutate(t, s, token, removePmsMutation, nil)
	mustMutate(t, s, token, removeAiMutation, nil)
	mutate(t, s, token, changePasswordMutation, object{"input": object{"currentPassword": secrets[2], "newPassword": newPassword}})
	mustMutate(t, s, token, changePasswordMutation, object{"input": object{"currentPassword": testdb.Password, "newPassword": secrets[2]}})
	signedIn := mustMutate(t, s, "", loginMutation, object{"input": object{"email": p.Admin.Email, "password": secrets[2]}})
	secrets = append(secrets, *signedIn.Token, stored(t, s, "select password_hash from usuarios where id = $1", p.Admin.ID))
	all := stored(t, s, "select string_agg(to_jsonb(a)::text, '') from profile.audit_log a")
	for i, secret := range secrets {
		if strings.Contains(all, secret) {
			t.Errorf("secret %d is in the audit log", i)
		}
	}
	if n := strings.Count(all, fmt.Sprintf("%q", s.App.Keys.Fingerprint(p.Company.ID.String(), "c4n4ry-pms"))); n != 4 {
		t.Errorf("the fingerprint of the key that was set twice and removed twice is there %d times", n)
	}
}
