package faults

import (
	"testing"

	"github.com/stay-sidekick/profile-server/internal/testdb"
	"github.com/stay-sidekick/profile-server/internal/testfault"
	"github.com/stay-sidekick/profile-server/internal/testload"
	"github.com/stay-sidekick/profile-server/internal/testserver"
)

func TestASaveDoesNotHangBehindALock(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	pool := open(t, database.URL)
	server := testserver.On(t, pool)
	admin := server.People(t).Admin
	token := server.Token(t, admin)
	before := everything(t, database.Pool, admin.CompanyID)

	release := testfault.HoldCompany(t, database.Pool, admin.CompanyID)
	var endings []<-chan testload.Ending
	for _, save := range testload.Saves(1) {
		endings = append(endings, save.Send(server.URL, token))
	}
	for _, ending := range endings {
		mustBeUnavailable(t, <-ending)
	}
	nothingHeld(t, pool)
	eventually(t, "PostgreSQL has given the saves up too", func() bool { return !locked(t, database.Pool) })
	release()
	if after := everything(t, database.Pool, admin.CompanyID); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	for _, save := range testload.Saves(1) {
		mustBeAnswered(t, <-save.Send(server.URL, token))
	}
}

func TestASaveDoesNotHangInASlowStatement(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	pool := open(t, database.URL)
	server := testserver.On(t, pool)
	admin := server.People(t).Admin
	token := server.Token(t, admin)
	testfault.Slow(t, database.Pool)
	before := everything(t, database.Pool, admin.CompanyID)
	var endings []<-chan testload.Ending
	for _, save := range testload.Saves(1) {
		endings = append(endings, save.Send(server.URL, token))
	}
	for _, ending := range endings {
		mustBeUnavailable(t, <-ending)
	}
	nothingHeld(t, pool)
	eventually(t, "PostgreSQL has given the saves up too", func() bool { return !busy(t, database.Pool) })
	if after := everything(t, database.Pool, admin.CompanyID); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	testfault.Fast(t, database.Pool)
	for _, save := range testload.Saves(1) {
		mustBeAnswered(t, <-save.Send(server.URL, token))
	}
}
