package main

import (
	"math"
	"slices"
)

// samples are the measured values of one subject, one for each round.
type samples []float64

// median returns NaN when there are no samples.
func (f samples) median() float64 {
	if len(f) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(f))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// over divides the samples by those of another subject, round by round: a
// disturbance of the machine affects both samples of a round.
func (f samples) over(base samples) samples {
	ratios := make(samples, min(len(f), len(base)))
	for i := range ratios {
		ratios[i] = f[i] / base[i]
	}
	return ratios
}
