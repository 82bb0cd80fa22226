package throttle_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestPruneRegularlyDeletesExpiredCountersUntilCancelled(t *testing.T) {
	f := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	f.wantWait(t, f.account, here, 0)
	current := testdb.Value[int](t, f.pool, "select count(*) from profile.attempts")
	for prune := range 2 { // the second one after an interval
		// These are more counters than one statement deletes.
		testdb.Exec(t, f.pool, `insert into profile.attempts
			select sha256(n::text::bytea), 1, to_timestamp($1), to_timestamp($1) from generate_series(1, 2500) n`, f.Now().Unix()-3*3600)
		if prune == 0 {
			running.Go(func() { f.PruneRegularly(ctx, 10*time.Millisecond) })
		}
		testtime.Eventually(t, "the expired counters are deleted", func() bool {
			return testdb.Value[int](t, f.pool, "select count(*) from profile.attempts") == current
		})
	}
}
