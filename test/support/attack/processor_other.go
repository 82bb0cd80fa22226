//go:build !unix

package attack

import "time"

var start = time.Now()

// processorTime returns the elapsed time on systems without the CPU time of a
// process.
func processorTime() time.Duration { return time.Since(start) }
