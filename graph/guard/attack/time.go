package attack

import "time"

// Longest is how long the answer to an attack may take, on two cores; under the
// race detector, which makes this code some five times as slow, ten times that.
const Longest = 100 * time.Millisecond * raceFactor

// Fastest is the time of the fastest of up to five runs; one that keeps to
// Longest is enough. Other work on the machine only makes a run slower, hardly
// five of them in a row, so what is still too slow then is so by itself.
//
// Run must not find what an earlier run left in a cache.
func Fastest(run func()) time.Duration {
	fastest := time.Duration(1<<63 - 1)
	for range 5 {
		start := time.Now()
		run()
		if fastest = min(fastest, time.Since(start)); fastest <= Longest {
			break
		}
	}
	return fastest
}
