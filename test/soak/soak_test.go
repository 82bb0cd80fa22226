// Package soak runs two replicas of the service on one PostgreSQL server under a
// mixed load, injects one fault after another, and finally compares the
// acknowledged saves with the database.
//
// It runs for the time in SOAK_DURATION: seconds in the tests, ten minutes with
// `make soak`. Every fault is injected at least once.
package soak

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// defaultDuration is the duration without SOAK_DURATION.
const defaultDuration = 15 * time.Second

func duration(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("SOAK_DURATION")
	if text == "" {
		return defaultDuration
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		t.Fatal("SOAK_DURATION must be a duration such as 10m")
	}
	return d
}

func TestSoak(t *testing.T) {
	total := duration(t)
	// A fault shorter than two seconds can end without an effect on the clients.
	c := newCluster(t, min(max(total/60, 2*time.Second), 10*time.Second))
	between := min(total/120, 5*time.Second)
	start := time.Now()
	stop := c.load.Start(t, c.nextReplica)
	results := make([]result, len(faults))
	var noFault result
	for round := 0; round == 0 || time.Since(start) < total; round++ {
		for i, f := range faults {
			if round > 0 && time.Since(start) >= total {
				break
			}
			time.Sleep(between)
			noFault.writes, noFault.reads = noFault.writes.Plus(c.load.Writes.Take()), noFault.reads.Plus(c.load.Reads.Take())
			c.inject(f, &results[i])
		}
	}
	stop()
	took := time.Since(start)
	noFault.writes, noFault.reads = noFault.writes.Plus(c.load.Writes.Take()), noFault.reads.Plus(c.load.Reads.Take())
	checkOutcomes(t, "between the faults", noFault, true)
	for i, f := range faults {
		checkOutcomes(t, f.name, results[i], f.cuts)
		if f.onlyWrites && (results[i].reads.AtOnce() || results[i].writes.Of(testload.Unavailable) == 0) {
			t.Errorf("%s: a read was unavailable, or no write was: reads: %s; writes: %s", f.name, results[i].reads, results[i].writes)
		}
	}

	findings := c.load.MustFindAll(t, c.direct)
	for i := range c.replicas {
		testtime.Eventually(t, "all connections are released", func() bool { return c.metric(i, "db_pool_connections_acquired") == 0 })
	}
	t.Logf("figure: soak: %s", took.Round(time.Second))
	c.print(took, noFault, results, findings)
}

// checkOutcomes checks that no response was wrong, and that requests were cut only
// if cuts is true. A cut may be counted just after its fault.
func checkOutcomes(t *testing.T, when string, r result, cuts bool) {
	t.Helper()
	all := r.writes.Plus(r.reads)
	if wrong := all.Of(testload.Wrong); wrong > 0 || r.cut && !cuts {
		t.Errorf("%s: %d wrong responses, %d cut requests: %q", when, wrong, all.Of(testload.Cut), all.Examples)
	}
}

// print prints a summary in Markdown.
func (c *cluster) print(took time.Duration, noFault result, results []result, findings testload.Findings) {
	requests := 0
	fmt.Printf("\n| fault | times | answered | unavailable (503) | connection refused | cut | slowest 503 of a read | recovered after |\n")
	fmt.Printf("|---|---|---|---|---|---|---|---|\n")
	row := func(name string, r result) {
		both := r.writes.Plus(r.reads)
		for outcome := testload.Answered; outcome <= testload.Wrong; outcome++ {
			requests += both.Of(outcome)
		}
		fmt.Printf("| %s | %d | %d | %d | %d | %d | %s | %s |\n", name, r.times, both.Of(testload.Answered),
			both.Of(testload.Unavailable), both.Of(testload.Refused), both.Of(testload.Cut),
			seconds(r.reads.LongestWait()), seconds(r.recovery))
	}
	for i, f := range faults {
		row(f.name, results[i])
	}
	row("none", noFault)

	fmt.Printf("\n%s, %d requests, %d replicas\n", took.Round(time.Second), requests, replicas)
	fmt.Printf("\n| saves | |\n|---|---|\n| acknowledged | %d |\n| of them found, complete and with their audit entry | %d |\n\n", findings.Acknowledged, findings.Found)
	for i := range c.replicas {
		fmt.Printf("Replica %d at the end: %.0f connections to PostgreSQL, %.0f of them in use; %.0f goroutines; %.0f MB\n", i+1,
			c.metric(i, "db_pool_connections"), c.metric(i, "db_pool_connections_acquired"),
			c.metric(i, "go_goroutines"), c.metric(i, "process_resident_memory_bytes")/1e6)
	}
	fmt.Println()
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
