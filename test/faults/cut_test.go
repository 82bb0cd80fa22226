package faults

import (
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testfault"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

const cuts = 6

func TestConnectionsCutUnderLoad(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	proxy := testfault.NewProxy(t, database.URL)
	pool := open(t, proxy.URL)
	server := testserver.WithRealTimeouts(t, pool)
	load := testload.New(t, database.Pool, companies)
	stop := load.Start(t, always(server.URL))
	for range cuts {
		more(t, load, some/3)
		proxy.Cut()
	}
	more(t, load, some)
	stop()

	writes := load.Writes.Take()
	onlyUnavailable(t, "writes", writes)
	onlyUnavailable(t, "reads", load.Reads.Take())
	if writes.Of(testload.Unavailable) == 0 {
		t.Error("no write met a cut")
	}
	nothingLost(t, load, database.Pool)
	nothingHeld(t, pool)
}

func TestAConnectionCutInTheTransactionOfASave(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	proxy := testfault.NewProxy(t, database.URL)
	server := testserver.On(t, testdb.Open(t, proxy.URL))
	for _, save := range testload.Saves(1) {
		t.Run(save.Name, func(t *testing.T) {
			admin := server.People(t).Admin
			token := server.Token(t, admin)
			before := everything(t, database.Pool, admin.CompanyID)
			release := testfault.HoldCompany(t, database.Pool, admin.CompanyID)
			ending := save.Send(server.URL, token)
			eventually(t, "it waits for the lock", func() bool { return locked(t, database.Pool) })
			proxy.Cut()
			mustBeUnavailable(t, <-ending)
			release()
			eventually(t, "its transaction has ended", func() bool { return !busy(t, database.Pool) })
			if after := everything(t, database.Pool, admin.CompanyID); after != before {
				t.Errorf("before:\n%s\nafter:\n%s", before, after)
			}
			mustBeAnswered(t, <-save.Send(server.URL, token))
		})
	}
}
