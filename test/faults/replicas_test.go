package faults

import (
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestPasswordChangeRevokesTokensOnOtherReplicas(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	one, two := testserver.On(t, testdb.Open(t, database.URL)), testserver.On(t, testdb.Open(t, database.URL))
	admin := one.People(t).Admin
	anHourAgo := time.Now().Add(-time.Hour)
	kept := testserver.TokenAt(t, admin, anHourAgo)
	revoked := testserver.TokenAt(t, admin, anHourAgo.Add(time.Second))
	me := func(s *testserver.Server, token string) string { return s.Query(t, token, `{ me { id } }`, nil).Code() }
	for _, token := range []string{kept, revoked} {
		if code := me(two, token); code != "" {
			t.Fatalf("before the change: %s", code)
		}
	}
	var changed struct{ ChangePassword struct{ Token string } }
	one.MustQuery(t, kept, `mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { token } }`,
		map[string]any{"input": map[string]any{"currentPassword": testdb.Password, "newPassword": "Another-Horse-2"}}, &changed)
	for name, c := range map[string]struct{ token, code string }{
		"the token that made the change": {kept, ""},
		"the new token":                  {changed.ChangePassword.Token, ""},
		"another old token":              {revoked, "UNAUTHENTICATED"},
	} {
		if code := me(two, c.token); code != c.code {
			t.Errorf("%s, on the other replica: %q", name, code)
		}
	}
}
