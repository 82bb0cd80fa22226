// Package soak runs two replicas of the service on one PostgreSQL under a mixed
// load, lets one fault follow the other, and compares what was acknowledged
// with what is in the database in the end.
//
// The tests run it for seconds, `make soak` for ten minutes. SOAK_DURATION
// says how long; every fault happens at least once.
package soak

import (
	"os"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testload"
)

// usually is the time without SOAK_DURATION.
const usually = 15 * time.Second

func duration(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("SOAK_DURATION")
	if text == "" {
		return usually
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		t.Fatal("SOAK_DURATION must be a duration such as 10m")
	}
	return d
}

func TestSoak(t *testing.T) {
	lasts := duration(t)
	// Anything shorter than two seconds is over before a client hears of it.
	h := newHouse(t, min(max(lasts/60, 2*time.Second), 10*time.Second))
	between := min(lasts/120, 5*time.Second)
	start := time.Now()
	stop := h.load.Start(t, h.any)
	results := make([]result, len(faults))
	var calm result
	for round := 0; round == 0 || time.Since(start) < lasts; round++ {
		for i, f := range faults {
			if round > 0 && time.Since(start) >= lasts {
				break
			}
			time.Sleep(between)
			calm.writes, calm.reads = calm.writes.Plus(h.load.Writes.Take()), calm.reads.Plus(h.load.Reads.Take())
			h.suffer(f, &results[i])
		}
	}
	stop()
	took := time.Since(start)
	calm.writes, calm.reads = calm.writes.Plus(h.load.Writes.Take()), calm.reads.Plus(h.load.Reads.Take())
	nothingWrong(t, "between the faults", calm, true)
	for i, f := range faults {
		nothingWrong(t, f.name, results[i], f.cuts)
	}

	findings := h.load.Check(t, h.inside)
	for _, fault := range findings.Faults {
		t.Error(fault)
	}
	if findings.Found != findings.Acknowledged {
		t.Errorf("%d of %d acknowledged saves are not there", findings.Acknowledged-findings.Found, findings.Acknowledged)
	}
	for i := range h.replicas {
		h.eventually("all connections are given back", func() bool { return h.metric(i, "db_pool_connections_acquired") == 0 })
	}
	t.Logf("figure: soak of %s: %s", took.Round(time.Second), findings)
	h.print(took, calm, results, findings)
}

// nothingWrong checks that clients heard nothing worse than that they should
// try again. What was cut may be counted just after its fault.
func nothingWrong(t *testing.T, when string, r result, cuts bool) {
	t.Helper()
	all := r.writes.Plus(r.reads)
	if wrong := all.Of(testload.Wrong); wrong > 0 || r.cut && !cuts {
		t.Errorf("%s: %d wrong answers, %d requests without an answer: %q", when, wrong, all.Of(testload.Cut), all.Examples)
	}
}
