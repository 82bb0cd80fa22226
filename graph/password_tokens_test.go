package graph_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// sessions are tokens issued before and by a password change.
type sessions struct {
	s      *testserver.Server
	clock  *testtime.Clock
	user   testdb.UserRow
	older  string // issued 9 s before the change
	making string // made the change, issued 10 s before it
	same   string // issued in the second of the change, before it
	fresh  string // returned by the change
	others string // of another user, issued 10 s before the change
}

// changedPassword changes a password at 12:00:10.500123.
func changedPassword(t *testing.T) *sessions {
	t.Helper()
	c := testtime.NewClock(time.Date(2025, 7, 1, 12, 0, 0, 0, time.UTC))
	s := testserver.With(t, testdb.New(t, testdb.Own).Pool, app.Options{Now: c.Now})
	p := s.People(t)
	n := &sessions{s: s, clock: c, user: p.Admin}
	n.making, n.others = s.Token(t, p.Admin), s.Token(t, p.Operator)
	c.Advance(time.Second)
	n.older = s.Token(t, p.Admin)
	c.Advance(9*time.Second + 100*time.Millisecond)
	issued := c.Now().Unix()
	n.same = sign(t, with(with(with(claimsOf(p.Admin), "iat", issued), "exp", issued+3600), "jti", "1"))
	c.Advance(400*time.Millisecond + 123456*time.Nanosecond)
	n.fresh = *mustMutate(t, s, n.making, changePasswordMutation, change(testdb.Password, newPassword)).Token
	return n
}

// want checks which tokens are valid; all others must be revoked.
func (n *sessions) want(t *testing.T, valid ...*string) {
	t.Helper()
	for _, token := range []*string{&n.older, &n.making, &n.same, &n.fresh, &n.others} {
		if slices.Contains(valid, token) {
			wantSignedIn(t, n.s, *token)
		} else {
			wantSignedOut(t, n.s, *token)
		}
	}
}

func TestPasswordChangeRevokesAllTokensExceptTheCurrentAndTheNewOne(t *testing.T) {
	t.Parallel()
	n := changedPassword(t)
	wantStored(t, n.s, "2025-07-01 12:00:10.500123", "select (password_changed_at at time zone 'UTC')::text from usuarios where id = $1", n.user.ID)
	for range 2 { // now and half an hour later
		n.want(t, &n.making, &n.fresh, &n.others)
		n.clock.Advance(30 * time.Minute)
	}
	wantSignedOut(t, n.s, n.making) // expired after an hour
}

func TestChangeByThePythonServiceRevokesTheKeptTokens(t *testing.T) {
	t.Parallel()
	n := changedPassword(t)
	n.clock.Advance(time.Minute)
	testdb.Exec(t, n.s.Pool, "update usuarios set password_changed_at = $2 where id = $1", n.user.ID, n.clock.Now())
	n.want(t, &n.others)
	n.clock.Advance(time.Second)
	wantSignedIn(t, n.s, n.s.Token(t, n.user))
}

func TestKeptTokenMayChangeThePasswordAgain(t *testing.T) {
	t.Parallel()
	n := changedPassword(t)
	n.clock.Advance(5 * time.Second)
	again := *mustMutate(t, n.s, n.making, changePasswordMutation, change(newPassword, testdb.Password)).Token
	wantSignedIn(t, n.s, again)
	n.want(t, &n.making, &n.others)

	n.clock.Advance(5 * time.Second)
	mustMutate(t, n.s, again, changePasswordMutation, change(testdb.Password, newPassword))
	wantSignedIn(t, n.s, again)
	n.want(t, &n.others) // the previous change kept the token that made it
}

// A replica of the previous release does not write the newer columns.
func TestChangeByThePreviousReleaseKeepsOnlyItsToken(t *testing.T) {
	t.Parallel()
	n := changedPassword(t)
	n.clock.Advance(time.Minute)
	testdb.Exec(t, n.s.Pool, "update usuarios set password_changed_at = $2 where id = $1", n.user.ID, n.clock.Now())
	digest := auth.TokenDigest(n.same)
	testdb.Exec(t, n.s.Pool, `insert into profile.kept_tokens (user_id, token_sha256, password_changed_at) values ($1, $2, $3)
		on conflict (user_id) do update set token_sha256 = excluded.token_sha256, password_changed_at = excluded.password_changed_at`,
		n.user.ID, digest[:], n.clock.Now())
	n.want(t, &n.same, &n.others)
}
