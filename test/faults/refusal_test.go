package faults

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testfault"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestReadsGoOnWhileTheDiskIsFull(t *testing.T) {
	t.Parallel()
	for name, when := range map[string]testfault.Moment{"at a statement": testfault.AtStatement, "at the commit": testfault.AtCommit} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := testdb.New(t, testdb.Own)
			writesRefused(t, database.URL, database.Pool,
				func() { testfault.DiskFull(t, database.Pool, when) },
				func() { testfault.DiskFree(t, database.Pool) })
		})
	}
}

func TestReadsGoOnWhileTheDatabaseIsReadOnly(t *testing.T) {
	t.Parallel()
	url := testdb.Server(t, testdb.Own, nil).URL()
	admin := open(t, url+"&default_transaction_read_only=off")
	writesRefused(t, url, admin,
		func() { testfault.SetReadOnly(t, admin, true) },
		func() { testfault.SetReadOnly(t, admin, false) })
}

// refusals in a row make it likely that every connection of the pool feels a
// fault.
const refusals = 16

// writesRefused has a load meet a fault that only writes can feel. admin is not
// touched by it.
func writesRefused(t *testing.T, url string, admin *pgxpool.Pool, begin, end func()) {
	pool := open(t, url)
	server := testserver.WithRealTimeouts(t, pool)
	user := server.People(t).Admin
	token := server.Token(t, user)
	load := testload.New(t, admin, companies)
	stop := load.Start(t, always(server.URL))
	more(t, load, some)

	begin()
	for _, save := range testload.Saves(1) {
		eventually(t, save.Name+" feels it on every connection", func() bool {
			for range refusals {
				if ending := <-save.Send(server.URL, token); ending.Outcome != testload.Unavailable {
					return false
				}
			}
			return true
		})
		before := everything(t, admin, user.CompanyID)
		mustBeUnavailable(t, <-save.Send(server.URL, token))
		if after := everything(t, admin, user.CompanyID); after != before {
			t.Errorf("%s: before:\n%s\nafter:\n%s", save.Name, before, after)
		}
	}
	eventually(t, "/readyz says that reads are answered", func() bool { return get(server.URL+"/readyz") == 200 })
	end()
	for _, save := range testload.Saves(2) {
		eventually(t, save.Name+" works again", func() bool {
			return (<-save.Send(server.URL, token)).Outcome == testload.Answered
		})
	}
	more(t, load, some)
	stop()

	writes, reads := load.Writes.Take(), load.Reads.Take()
	onlyUnavailable(t, "writes", writes)
	onlyUnavailable(t, "reads", reads)
	if writes.Of(testload.Unavailable) == 0 || reads.AtOnce() {
		t.Error("writes should have been unavailable, and no read")
	}
	nothingLost(t, load, admin)
	nothingHeld(t, pool)
}

const signIn = `mutation ($email: EmailAddress!, $password: Password!) {
	login(input: {email: $email, password: $password}) { token userErrors { code } } }`

func TestARightPasswordInAnOutageIsNoFailedAttempt(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	server := testserver.On(t, database.Pool)
	admin := server.People(t).Admin
	try := func() *testserver.Response {
		return server.Query(t, "", signIn, map[string]any{"email": admin.Email, "password": testdb.Password})
	}
	testfault.DiskFull(t, database.Pool, testfault.AtCommit)
	for i := range 8 {
		if answer := try(); answer.Code() != "UNAVAILABLE" {
			t.Errorf("attempt %d while the disk is full: %s", i+1, answer.Body)
		}
	}
	testfault.DiskFree(t, database.Pool)
	if answer := try(); len(answer.Errors) > 0 {
		t.Errorf("afterwards: %s", answer.Body)
	}
}
