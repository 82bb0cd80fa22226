package testtime_test

import (
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// judged is a test whose failure is looked at.
type judged struct {
	testing.TB
	failed bool
}

func (*judged) Helper() {}

func (j *judged) Errorf(string, ...any) { j.failed = true }

func TestWithinBearsPausesButNoSlownessAndNoHang(t *testing.T) {
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
		j, ran := &judged{TB: t}, 0
		testtime.Within(j, what, 1, func() time.Duration { ran++; return c.runs[ran-1] })
		if j.failed != c.failed || ran != len(c.runs) {
			t.Errorf("%s: failed %t after %d runs, want %t after %d", what, j.failed, ran, c.failed, len(c.runs))
		}
	}
}
