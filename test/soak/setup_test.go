package soak

import (
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testfault"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
)

func TestMain(m *testing.M) {
	os.Exit(testprogram.Main(func() int { return testdb.Main(m) }))
}

const (
	replicas  = 2
	companies = 4
	// pace makes a load that a small machine carries for ten minutes beside
	// everything else.
	pace = 20 * time.Millisecond
	// lag is how long a request is under way: a server that stops without draining
	// its connections cuts those.
	lag = 100 * time.Millisecond
	// patience is for what has to happen, whenever the machine gets to it.
	patience = 2 * time.Minute
	// some saves after a fault show that the service works again.
	some = 20
)

// house is a PostgreSQL, two replicas of the server that reach it over a
// network which can fail, and their clients.
type house struct {
	t        *testing.T
	database *testdb.Postgres
	// inside is a way to the database that no fault touches.
	inside   *pgxpool.Pool
	network  *testfault.Proxy
	replicas [replicas]atomic.Pointer[testprogram.Server]
	load     *testload.Load
	next     atomic.Int64

	// hold is how long a fault lasts that lasts.
	hold time.Duration
}

func newHouse(t *testing.T, hold time.Duration) *house {
	h := &house{t: t, hold: hold, database: testdb.Server(t, testdb.Own, nil)}
	h.inside = testdb.Open(t, h.database.URL()+"&default_transaction_read_only=off")
	h.network = testfault.NewProxy(t, h.database.URL())
	for i := range h.replicas {
		h.start(i)
	}
	h.load = testload.New(t, h.inside, companies)
	h.load.Pace, h.load.Lag = pace, lag
	return h
}

func (h *house) start(i int) {
	h.t.Helper()
	h.replicas[i].Store(testprogram.StartServer(h.t, h.network.URL))
}

// any gives the address of one replica after the other, as a proxy does that
// does not know yet which of them is gone.
func (h *house) any(int) string {
	return h.replicas[h.next.Add(1)%replicas].Load().URL
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// eventually waits for something and returns how long it took.
func (h *house) eventually(what string, is func() bool) time.Duration {
	h.t.Helper()
	start := time.Now()
	for ; !is(); time.Sleep(10 * time.Millisecond) {
		if time.Since(start) > patience {
			h.t.Fatalf("not within %s: %s", patience, what)
		}
	}
	return time.Since(start)
}
