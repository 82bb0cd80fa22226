package soak

import (
	"fmt"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testload"
)

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
	fmt.Printf("\n| saves | |\n|---|---|\n| acknowledged | %d |\n| of them found, complete and with their audit entry | %d |\n| lost, partial or duplicate | %d |\n\n",
		findings.Acknowledged, findings.Found, len(findings.Faults))
	for i := range c.replicas {
		fmt.Printf("Replica %d at the end: %.0f connections to PostgreSQL, %.0f of them in use; %.0f goroutines; %.0f MB\n", i+1,
			c.metric(i, "db_pool_connections"), c.metric(i, "db_pool_connections_acquired"),
			c.metric(i, "go_goroutines"), c.metric(i, "process_resident_memory_bytes")/1e6)
	}
	fmt.Println()
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
