package faults

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// soakDuration is the time in SOAK_DURATION: ten minutes with `make soak`. Without it
// every fault is injected once.
func soakDuration(t *testing.T) time.Duration {
	t.Helper()
	text, ok := os.LookupEnv("SOAK_DURATION")
	if !ok {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		t.Fatal("SOAK_DURATION must be a duration such as 10m")
	}
	return d
}

// TestSoak runs two replicas on one PostgreSQL server under a mixed load, injects one
// fault after another, and finally compares the acknowledged saves with the database.
func TestSoak(t *testing.T) {
	total := soakDuration(t)
	c := newCluster(t)
	// A shorter fault can end without an effect on the clients.
	c.hold = min(max(total/60, 4*time.Second), 10*time.Second)
	c.between = min(total/120, 5*time.Second)
	start := time.Now()
	stop := c.load.Start(t, c.nextReplica)
	results := make([]result, len(faults))
	var betweenFaults result
	for i := 0; i < len(faults) || time.Since(start) < total; i++ {
		c.inject(noFault, &betweenFaults)
		c.inject(faults[i%len(faults)], &results[i%len(faults)])
	}
	stop()
	betweenFaults.take(c.load)
	took := time.Since(start)

	betweenFaults.check(t, noFault)
	for i, f := range faults {
		results[i].check(t, f)
	}
	c.load.MustFindAll(t, c.direct)
	for i := range c.replicas {
		testtime.Eventually(t, "all connections are released", func() bool { return c.metric(i, "db_pool_connections_acquired") == 0 })
	}
	t.Logf("figure: soak: %s", took.Round(time.Second))
	c.print(took, append(results, betweenFaults))
}

// print prints a summary in Markdown.
func (c *cluster) print(took time.Duration, results []result) {
	requests := 0
	fmt.Printf("\n| fault | times | answered | unavailable (503) | connection refused | cut | slowest 503 of a read | recovered after |\n")
	fmt.Printf("|---|---|---|---|---|---|---|---|\n")
	for i, f := range append(slices.Clone(faults), noFault) {
		r := results[i]
		all := slices.Concat(r.writes, r.reads)
		requests += len(all)
		fmt.Printf("| %s | %d | %d | %d | %d | %d | %.1f s | %.1f s |\n", f.name, r.times, all.Of(testload.Answered), all.Of(testload.Unavailable),
			all.Of(testload.Refused), all.Of(testload.Cut), r.reads.Wait(1).Seconds(), r.recovery.Seconds())
	}
	fmt.Printf("\n%s, %d requests, %d replicas\n", took.Round(time.Second), requests, replicas)
	for i := range c.replicas {
		fmt.Printf("Replica %d at the end: %.0f connections to PostgreSQL, %.0f of them in use; %.0f goroutines; %.0f MB\n", i+1,
			c.metric(i, "db_pool_connections"), c.metric(i, "db_pool_connections_acquired"),
			c.metric(i, "go_goroutines"), c.metric(i, "process_resident_memory_bytes")/1e6)
	}
}
