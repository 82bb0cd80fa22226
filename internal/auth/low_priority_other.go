//go:build !linux

package auth

// lowerPriority does nothing where a priority is that of the whole process.
func lowerPriority() {}
