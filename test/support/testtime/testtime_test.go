package testtime_test

import (
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// recorder records whether a test failed.
type recorder struct {
	testing.TB
	failed bool
}

func (*recorder) Helper() {}

func (r *recorder) Errorf(string, ...any) { r.failed = true }

func TestWithinToleratesPausesButNotSlownessOrHangs(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		runs   []time.Duration
		failed bool
	}{
		"in time":         {[]time.Duration{1}, false},
		"paused":          {[]time.Duration{2, 10, 1}, false},
		"slow each time":  {[]time.Duration{2, 2, 2, 2, 2}, true},
		"hung at first":   {[]time.Duration{11}, true},
		"hung on the way": {[]time.Duration{2, 11}, true},
		"in time at last": {[]time.Duration{2, 2, 2, 2, 1}, false},
	} {
		r, ran := &recorder{TB: t}, 0
		testtime.Within(r, what, 1, func() time.Duration { ran++; return c.runs[ran-1] })
		if r.failed != c.failed || ran != len(c.runs) {
			t.Errorf("%s: failed %t after %d runs, want %t after %d", what, r.failed, ran, c.failed, len(c.runs))
		}
	}
}
