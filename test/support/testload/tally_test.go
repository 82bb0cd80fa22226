package testload

import (
	"testing"
	"time"
)

func TestAtOnceFindsOneFastUnavailableResponse(t *testing.T) {
	t.Parallel()
	unavailable := func(took time.Duration) Tally {
		var m Meter
		m.add(Unavailable, took, "")
		return m.Take()
	}
	slow := Tally{}.Plus(unavailable(2 * time.Second)).Plus(unavailable(Pause))
	if slow.AtOnce() || slow.MedianWait() != 2*time.Second || slow.LongestWait() != 2*time.Second {
		t.Errorf("only slow ones: %s", slow)
	}
	fast := unavailable(time.Millisecond)
	for _, both := range []Tally{slow.Plus(fast), fast.Plus(slow).Plus(Tally{})} {
		if !both.AtOnce() || both.Of(Unavailable) != 3 || both.MedianWait() != Pause {
			t.Errorf("one of three was fast: %s", both)
		}
	}
	if none := (Tally{}); none.AtOnce() || none.MedianWait() != 0 || none.LongestWait() != 0 {
		t.Error("nothing was unavailable")
	}
}
