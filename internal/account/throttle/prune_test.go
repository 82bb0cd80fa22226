package throttle_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/account/throttle"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func counts(t *testing.T, pool *pgxpool.Pool) (n int) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), "select count(*) from profile.attempts").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCountsThatNoLongerMatterAreForgottenUntilTheServerStops(t *testing.T) {
	t.Parallel()
	c := &clock{}
	c.unix.Store(1_800_000_000)
	database := testdb.New(t, testdb.Own)
	th := throttle.New(testdb.WithLongTimeouts(database.Pool), c.now)
	// More than a statement deletes.
	leave := func() {
		t.Helper()
		if _, err := database.Pool.Exec(t.Context(), `insert into profile.attempts
			select sha256(n::text::bytea), 1, to_timestamp($1), to_timestamp($1) from generate_series(1, 2500) n`, c.unix.Load()-3*3600); err != nil {
			t.Fatal(err)
		}
	}
	leave()
	waits(t, th, email, netip.Addr{})
	if n := counts(t, database.Pool); n != 2501 {
		t.Fatalf("%d counts: a sign-in prunes", n)
	}

	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() {
		th.PruneRegularly(ctx, 10*time.Millisecond)
		close(stopped)
	}()
	awaitOne(t, database.Pool)
	leave()
	awaitOne(t, database.Pool)
	stop()
	select {
	case <-stopped:
	case <-time.After(20 * time.Second):
		t.Error("it goes on after the end")
	}
}

// awaitOne waits until only the count that still matters is left.
func awaitOne(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); counts(t, pool) != 1; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d counts are left", counts(t, pool))
		}
	}
}
