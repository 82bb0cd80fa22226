package faults

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/testdb"
	"github.com/stay-sidekick/profile-server/internal/testload"
	"github.com/stay-sidekick/profile-server/internal/testserver"
)

func TestReadsGoOnWhileTheDiskIsFull(t *testing.T) {
	t.Parallel()
	for when, trigger := range map[string]string{
		"at a statement": `create trigger disk_full before insert on profile.audit_log`,
		"at the commit":  `create constraint trigger disk_full after insert on profile.audit_log deferrable initially deferred`,
	} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			database := testdb.New(t, testdb.Own)
			writesRefused(t, database.URL, database.Pool, diskFull(trigger), diskFree)
		})
	}
}

func TestReadsGoOnWhileTheDatabaseIsReadOnly(t *testing.T) {
	t.Parallel()
	url := testdb.Server(t, testdb.Own, nil).URL()
	writesRefused(t, url, open(t, url+"&default_transaction_read_only=off"), readOnly("on"), readOnly("off"))
}

// writesRefused has a load meet a fault that only writes can feel. admin is not
// touched by it.
func writesRefused(t *testing.T, url string, admin *pgxpool.Pool, begin, end func(*testing.T, *pgxpool.Pool)) {
	pool := open(t, url)
	server := testserver.On(t, pool)
	user := server.People(t).Admin
	token := server.Token(t, user)
	load := testload.New(t, admin, companies)
	stop := load.Start(t, always(server.URL))
	more(t, load, some)

	begin(t, admin)
	for _, save := range testload.Saves(1) {
		eventually(t, save.Name+" feels it", func() bool {
			return (<-save.Send(server.URL, token)).Outcome == testload.Unavailable
		})
		before := everything(t, admin, user.CompanyID)
		mustBeUnavailable(t, <-save.Send(server.URL, token))
		if after := everything(t, admin, user.CompanyID); after != before {
			t.Errorf("%s: before:\n%s\nafter:\n%s", save.Name, before, after)
		}
	}
	if status := get(server.URL + "/readyz"); status != 200 {
		t.Errorf("/readyz says %d, although reads are answered", status)
	}
	end(t, admin)
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
	if writes.Of(testload.Unavailable) == 0 || reads.Of(testload.Unavailable) > 0 {
		t.Error("writes should have been unavailable, and no read")
	}
	nothingLost(t, load, admin)
	nothingHeld(t, pool)
}

// diskFull makes every write to the audit log, the last of a save, fail as on a
// full disk.
func diskFull(trigger string) func(*testing.T, *pgxpool.Pool) {
	return func(t *testing.T, pool *pgxpool.Pool) {
		exec(t, pool, `create function public.disk_full() returns trigger language plpgsql as $$
			begin raise exception 'no space left' using errcode = 'disk_full'; end $$`)
		exec(t, pool, trigger+` for each row execute function public.disk_full()`)
	}
}

func diskFree(t *testing.T, pool *pgxpool.Pool) {
	exec(t, pool, `drop function public.disk_full() cascade`)
}

// readOnly switches it for the whole server, for sessions that are there too.
func readOnly(value string) func(*testing.T, *pgxpool.Pool) {
	return func(t *testing.T, pool *pgxpool.Pool) {
		exec(t, pool, `alter system set default_transaction_read_only = `+value)
		exec(t, pool, `select pg_reload_conf()`)
	}
}
