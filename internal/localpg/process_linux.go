package localpg

import "syscall"

// endWithParent asks the kernel to stop the child when this process dies.
// SIGQUIT is PostgreSQL's immediate shutdown: nothing can delay it, and what
// was committed is recovered at the next start.
func endWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGQUIT }
