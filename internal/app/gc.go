package app

import "runtime/debug"

// heapGrowth is the growth of the heap, in percent, that starts a garbage
// collection. The live heap is a few megabytes, so Go's default of 100 causes dozens
// of collections per second under load; docs/performance.md has the figures.
const heapGrowth = 400

// TuneGC makes garbage collection rarer, at the cost of memory.
func TuneGC() { debug.SetGCPercent(heapGrowth) }
