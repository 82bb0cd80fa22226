package main

import (
	"math"
	"slices"
)

// figures are what the rounds measured of one subject, in their order.
type figures []float64

// median is the middle one, or the mean of the two in the middle; NaN of none.
func (f figures) median() float64 {
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

// over divides by those of another subject, round by round: what disturbs the
// machine for a while disturbs both.
func (f figures) over(base figures) figures {
	ratios := make(figures, min(len(f), len(base)))
	for i := range ratios {
		ratios[i] = f[i] / base[i]
	}
	return ratios
}
