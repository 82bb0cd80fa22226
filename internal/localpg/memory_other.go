//go:build unix && !linux

package localpg

const memoryBase = "/tmp"

func hasMemoryBase() bool { return false }
