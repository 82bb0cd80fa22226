package throttle_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/account/throttle"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func countRows(t *testing.T, pool *pgxpool.Pool) (n int) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), "select count(*) from profile.attempts").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPruneRegularlyDeletesExpiredCountersUntilCancelled(t *testing.T) {
	t.Parallel()
	c := &clock{}
	c.unix.Store(1_800_000_000)
	database := testdb.New(t, testdb.Own)
	th := throttle.New(testdb.WithLongTimeouts(database.Pool), c.now)
	// insertExpired inserts more counters than one statement deletes.
	insertExpired := func() {
		t.Helper()
		testdb.Exec(t, database.Pool, `insert into profile.attempts
			select sha256(n::text::bytea), 1, to_timestamp($1), to_timestamp($1) from generate_series(1, 2500) n`, c.unix.Load()-3*3600)
	}
	insertExpired()
	signInWait(t, th, email, netip.Addr{})
	if n := countRows(t, database.Pool); n != 2501 {
		t.Fatalf("%d counters: a sign-in must not prune", n)
	}

	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		th.PruneRegularly(ctx, 10*time.Millisecond)
		close(done)
	}()
	awaitOneCounter(t, database.Pool)
	insertExpired()
	awaitOneCounter(t, database.Pool)
	cancel()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Error("does not end with its context")
	}
}

// awaitOneCounter waits until only the current counter is left.
func awaitOneCounter(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	testtime.Eventually(t, "the expired counters are deleted", func() bool { return countRows(t, pool) == 1 })
}
