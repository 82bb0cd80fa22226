package faults

import (
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testfault"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

const cuts = 6

func TestConnectionsAreCutUnderLoad(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	proxy := testfault.NewProxy(t, database.URL)
	load := startLoad(t, proxy.URL, database.Pool)
	for range cuts {
		awaitSaves(t, load.Load, someSaves/3)
		proxy.Cut()
	}
	load.finish()
}

func TestConnectionIsCutDuringASave(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	proxy := testfault.NewProxy(t, database.URL)
	server := testserver.On(t, testdb.Open(t, proxy.URL))
	for _, save := range testload.Saves(1) {
		t.Run(save.Name, func(t *testing.T) {
			admin := server.People(t).Admin
			token := server.Token(t, admin)
			before := companyData(t, database.Pool, admin.CompanyID)
			release := testfault.HoldCompany(t, database.Pool, admin.CompanyID)
			result := save.Send(server.URL, token)
			eventually(t, "the save waits for the lock", func() bool { return locked(t, database.Pool) })
			proxy.Cut()
			wantUnavailable(t, <-result)
			release()
			eventually(t, "the transaction of the save has ended", func() bool { return !busy(t, database.Pool) })
			wantCompanyData(t, database.Pool, admin.CompanyID, before)
			wantAnswered(t, <-save.Send(server.URL, token))
		})
	}
}
