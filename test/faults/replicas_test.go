package faults

import (
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestAPasswordChangeOnOneReplicaCountsOnTheOther(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	here, there := testserver.On(t, testdb.Open(t, database.URL)), testserver.On(t, testdb.Open(t, database.URL))
	admin := here.People(t).Admin
	anHourAgo := time.Now().Add(-time.Hour)
	kept := testserver.TokenAt(t, admin, anHourAgo)
	ended := testserver.TokenAt(t, admin, anHourAgo.Add(time.Second))
	me := func(s *testserver.Server, token string) string { return s.Query(t, token, `{ me { id } }`, nil).Code() }
	for _, token := range []string{kept, ended} {
		if code := me(there, token); code != "" {
			t.Fatalf("before the change: %s", code)
		}
	}
	var changed struct{ ChangePassword struct{ Token string } }
	here.MustQuery(t, kept, `mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { token } }`,
		map[string]any{"input": map[string]any{"currentPassword": testdb.Password, "newPassword": "Another-Horse-2"}}, &changed)
	for name, is := range map[string]struct{ token, code string }{
		"the token that made the change": {kept, ""},
		"the new token":                  {changed.ChangePassword.Token, ""},
		"another old token":              {ended, "UNAUTHENTICATED"},
	} {
		if code := me(there, is.token); code != is.code {
			t.Errorf("%s, on the other replica: %q", name, code)
		}
	}
}
