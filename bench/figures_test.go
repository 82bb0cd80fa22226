package main

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestTheMedianIsTheMiddleOfWhatWasMeasured(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		of   figures
		want float64
	}{
		{figures{3}, 3},
		{figures{9, 1, 5}, 5},
		{figures{4, 1, 3, 2}, 2.5},
	} {
		if got := c.of.median(); got != c.want {
			t.Errorf("median of %v: %v, want %v", c.of, got, c.want)
		}
	}
	if got := (figures{}).median(); !math.IsNaN(got) {
		t.Errorf("median of nothing: %v", got)
	}
	unsorted := figures{2, 1}
	unsorted.median()
	if !slices.Equal(unsorted, figures{2, 1}) {
		t.Error("the median has reordered the rounds")
	}
}

func TestARatioIsTakenRoundByRound(t *testing.T) {
	t.Parallel()
	got := figures{200, 50, 90}.over(figures{100, 100, 30})
	if !slices.Equal(got, figures{2, 0.5, 3}) {
		t.Errorf("got %v", got)
	}
}

func TestConnectionsRestForAsLongAsTheRateAsks(t *testing.T) {
	t.Parallel()
	if got := restFor(4000, 64); got != 16*time.Millisecond {
		t.Errorf("got %v", got)
	}
}
