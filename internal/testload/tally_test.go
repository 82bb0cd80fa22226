package testload_test

import (
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/testload"
)

func TestOneFastUnavailableIsSeenAmongSlowOnes(t *testing.T) {
	t.Parallel()
	unavailable := func(took time.Duration) (one testload.Tally) {
		const o = testload.Unavailable
		one.Counts[o], one.Slowest[o], one.Waits = 1, took, []time.Duration{took}
		return one
	}
	slow := testload.Tally{}.Plus(unavailable(2 * time.Second)).Plus(unavailable(testload.Pause))
	if slow.AtOnce() || slow.MedianWait() != 2*time.Second {
		t.Errorf("only slow ones: %s", slow)
	}
	fast := unavailable(time.Millisecond)
	for _, both := range []testload.Tally{slow.Plus(fast), fast.Plus(slow).Plus(testload.Tally{})} {
		if !both.AtOnce() || both.Of(testload.Unavailable) != 3 || both.MedianWait() != testload.Pause {
			t.Errorf("one of three was fast: %s", both)
		}
	}
	if none := (testload.Tally{}); none.AtOnce() || none.MedianWait() != 0 {
		t.Error("nothing was unavailable")
	}
}
