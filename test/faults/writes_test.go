package faults

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testfault"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestReadsSucceedWhileTheDiskIsFull(t *testing.T) {
	t.Parallel()
	for name, when := range map[string]testfault.Moment{"at a statement": testfault.AtStatement, "at the commit": testfault.AtCommit} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := testdb.New(t, testdb.Own)
			testWriteFault(t, database.URL, database.Pool,
				func() { testfault.DiskFull(t, database.Pool, when) },
				func() { testfault.DiskFree(t, database.Pool) })
		})
	}
}

func TestReadsSucceedWhileTheDatabaseIsReadOnly(t *testing.T) {
	t.Parallel()
	url := testdb.Server(t, testdb.Own, nil).URL()
	admin := open(t, url+"&default_transaction_read_only=off")
	testWriteFault(t, url, admin,
		func() { testfault.SetReadOnly(t, admin, true) },
		func() { testfault.SetReadOnly(t, admin, false) })
}

// refusals is a number of consecutive refusals after which the fault probably
// affects every connection of the pool.
const refusals = 16

// testWriteFault injects a fault that only affects writes, but not those of admin.
func testWriteFault(t *testing.T, url string, admin *pgxpool.Pool, begin, end func()) {
	load := startLoad(t, url, admin)
	server := load.server
	user := server.People(t).Admin
	token := server.Token(t, user)
	begin()
	for _, save := range testload.Saves(1) {
		eventually(t, save.Name+" is unavailable on every connection", func() bool {
			for range refusals {
				if result := <-save.Send(server.URL, token); result.Outcome != testload.Unavailable {
					return false
				}
			}
			return true
		})
		before := companyData(t, admin, user.CompanyID)
		wantUnavailable(t, <-save.Send(server.URL, token))
		wantCompanyData(t, admin, user.CompanyID, before)
	}
	load.awaitReady(200)
	end()
	for _, save := range testload.Saves(2) {
		eventually(t, save.Name+" works again", func() bool {
			return (<-save.Send(server.URL, token)).Outcome == testload.Answered
		})
	}
	if _, reads := load.finish(); reads.AtOnce() {
		t.Error("a read was unavailable")
	}
}

const signIn = `mutation ($email: EmailAddress!, $password: Password!) {
	login(input: {email: $email, password: $password}) { token userErrors { code } } }`

func TestCorrectPasswordDuringOutageIsNotAFailedAttempt(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	server := testserver.On(t, database.Pool)
	admin := server.People(t).Admin
	signInOnce := func() *testserver.Response {
		return server.Query(t, "", signIn, map[string]any{"email": admin.Email, "password": testdb.Password})
	}
	testfault.DiskFull(t, database.Pool, testfault.AtCommit)
	for i := range 8 {
		if response := signInOnce(); response.Code() != "UNAVAILABLE" {
			t.Errorf("attempt %d while the disk is full: %s", i+1, response.Body)
		}
	}
	testfault.DiskFree(t, database.Pool)
	if response := signInOnce(); len(response.Errors) > 0 {
		t.Errorf("afterwards: %s", response.Body)
	}
}
