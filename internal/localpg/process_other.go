//go:build unix && !linux

package localpg

import "syscall"

// endWithParent does nothing: only Linux can. A server whose parent was
// killed lives on, and the next start on its data fails with PostgreSQL's
// own message, which names the process.
func endWithParent(*syscall.SysProcAttr) {}
