package clients

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/stay-sidekick/profile-server/test/clients/genqlient"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// form is a sign-in form that returns one entry after another and records the
// errors that it shows.
type form struct {
	mu      sync.Mutex
	entries []genqlient.LoginInput
	shown   [][]genqlient.UserErrorCode
}

func (f *form) signIn(_ context.Context, userErrors []genqlient.UserError) (genqlient.LoginInput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shown = append(f.shown, codes(userErrors))
	if len(f.entries) == 0 {
		return genqlient.LoginInput{}, errors.New("the form was shown too often")
	}
	entry := f.entries[0]
	f.entries = f.entries[1:]
	return entry, nil
}

func codes(userErrors []genqlient.UserError) []genqlient.UserErrorCode {
	var all []genqlient.UserErrorCode
	for _, e := range userErrors {
		all = append(all, e.Code)
	}
	return all
}

func credentials(user testdb.UserRow) genqlient.LoginInput {
	return genqlient.LoginInput{Email: user.Email, Password: testdb.Password}
}

// signedIn returns a profile of a user who signs in once.
func signedIn(server *testserver.Server, user testdb.UserRow) *genqlient.Profile {
	one := &form{entries: []genqlient.LoginInput{credentials(user)}}
	return genqlient.New(server.URL+"/graphql", "", one.signIn)
}

func TestGoExample(t *testing.T) {
	t.Parallel()
	server := testserver.New(t, testdb.Own)
	people := server.People(t)

	t.Run("shows the form again after a wrong password", func(t *testing.T) {
		wrong := credentials(people.Admin)
		wrong.Password = "wrong"
		admin := &form{entries: []genqlient.LoginInput{wrong, credentials(people.Admin)}}
		me, err := genqlient.New(server.URL+"/graphql", "", admin.signIn).Me(t.Context())
		if err != nil || me.Email != people.Admin.Email || me.Role != genqlient.RoleAdmin {
			t.Fatalf("got %+v, %v", me, err)
		}
		if len(admin.shown) != 2 || !slices.Equal(admin.shown[1], []genqlient.UserErrorCode{genqlient.UserErrorCodeInvalidCredentials}) {
			t.Errorf("the form showed %v", admin.shown)
		}
	})

	t.Run("signs in once for all requests that are refused with an expired token", func(t *testing.T) {
		admin := &form{entries: []genqlient.LoginInput{credentials(people.Admin)}}
		profile := genqlient.New(server.URL+"/graphql", testserver.ExpiredToken(t, people.Admin), admin.signIn)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if _, err := profile.Me(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if len(admin.shown) != 1 {
			t.Errorf("the form was shown %d times", len(admin.shown))
		}
	})

	t.Run("saves a configuration", func(t *testing.T) {
		profile := signedIn(server, people.Admin)
		guestName := "B"
		saved, err := profile.SaveLateCheckIn(t.Context(), genqlient.SaveLateCheckInConfigInput{
			Cutoff:  "21:15",
			Columns: &genqlient.LateCheckInColumnsInput{GuestName: &guestName},
		})
		if err != nil || len(saved.UserErrors) > 0 || saved.Company.LateCheckIn.Cutoff != "21:15" {
			t.Fatalf("got %+v, %v", saved, err)
		}
		me, err := profile.Me(t.Context())
		if err != nil || me.Company.LateCheckIn.Cutoff != "21:15" || *me.Company.LateCheckIn.Columns.GuestName != "B" {
			t.Errorf("read %+v, %v", me, err)
		}
	})

	t.Run("asks for an API key only when the provider needs one", func(t *testing.T) {
		profile := signedIn(server, people.Admin)
		asked := 0
		askKey := func(userErrors []genqlient.UserError) string {
			asked++
			return "test-key-of-claude"
		}
		for range 2 {
			set, err := profile.ChooseAIProvider(t.Context(), genqlient.AiProviderClaude, askKey)
			if err != nil || len(set.UserErrors) > 0 || !set.Company.Integrations.Ai.Configured {
				t.Fatalf("got %+v, %v", set, err)
			}
		}
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	})

	t.Run("returns the code of a refused request", func(t *testing.T) {
		for cutoff, tt := range map[string]struct {
			user testdb.UserRow
			want string
		}{"20:00": {people.Operator, "FORBIDDEN"}, "24:00": {people.Admin, "BAD_USER_INPUT"}} {
			_, err := signedIn(server, tt.user).SaveLateCheckIn(t.Context(), genqlient.SaveLateCheckInConfigInput{Cutoff: cutoff})
			if got := genqlient.CodeOf(err); got != tt.want {
				t.Errorf("%s: %q, want %q: %v", cutoff, got, tt.want, err)
			}
		}
	})
}
