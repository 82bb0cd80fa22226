package auth

import "syscall"

// niceness is what a hash adds to that of the server. It gets about a third of
// the processor time of a thread that wants it too: requests come first, and
// sign-ins go on when the processors are never idle.
const niceness = 5

// lowerPriority lowers the priority of the thread that calls it; Linux has one for
// each. A system that does not allow it only loses the advantage.
func lowerPriority() {
	priority, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0) // 20 less the niceness
	if err == nil {
		_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, 20-priority+niceness)
	}
}
