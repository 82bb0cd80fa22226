//go:build unix && !linux

package localpg

// canSeeProcesses: postgresIn is reliable.
const canSeeProcesses = false

// postgresIn finds nothing: only Linux tells which processes use a folder.
func postgresIn(string) []int { return nil }
