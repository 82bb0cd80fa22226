package app

import (
	"os"
	"runtime/debug"
)

// heapGrowth is by how many percent the heap grows before it is collected. What
// stays between requests is some megabytes, so Go's own 100 would mean dozens of
// collections a second; docs/performance.md has the figures.
const heapGrowth = 400

// TuneGC trades memory for time, unless the environment says GOGC.
func TuneGC() {
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(heapGrowth)
	}
}
