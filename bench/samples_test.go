package main

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of   samples
		want float64
	}{
		{samples{3}, 3},
		{samples{9, 1, 5}, 5},
		{samples{4, 1, 3, 2}, 2.5},
	} {
		if got := c.of.median(); got != c.want {
			t.Errorf("median of %v: %v, want %v", c.of, got, c.want)
		}
	}
	if got := (samples{}).median(); !math.IsNaN(got) {
		t.Errorf("median of no samples: %v", got)
	}
	unsorted := samples{2, 1}
	unsorted.median()
	if !slices.Equal(unsorted, samples{2, 1}) {
		t.Error("median reordered the samples")
	}
}

func TestRatiosAreComputedPerRound(t *testing.T) {
	t.Parallel()
	got := samples{200, 50, 90}.over(samples{100, 100, 30})
	if !slices.Equal(got, samples{2, 0.5, 3}) {
		t.Errorf("got %v", got)
	}
}

func TestPauseBetweenRequestsGivesTheRate(t *testing.T) {
	t.Parallel()
	if got := pauseFor(4000, 64); got != 16*time.Millisecond {
		t.Errorf("got %v", got)
	}
}
