package auth

import "syscall"

// lowest is the lowest priority that a thread can have.
const lowest = 19

// lowerPriority lowers the priority of the thread that calls it; Linux has one for
// each. A system that does not allow it only loses the advantage.
func lowerPriority() { _ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, lowest) }
