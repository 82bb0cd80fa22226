package localpg

import "syscall"

// memoryBase is a folder whose files live in memory.
const memoryBase = "/dev/shm"

// memoryNeeded is the free room, in bytes, from which on memoryBase is used.
// A test server needs some 200 MB; containers often have 64 MB in all.
const memoryNeeded = 1 << 30

const tmpfsMagic = 0x01021994

// hasMemoryBase says whether memoryBase is there and has room.
func hasMemoryBase() bool {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(memoryBase, &stat); err != nil || stat.Type != tmpfsMagic {
		return false
	}
	return stat.Bavail*uint64(stat.Bsize) >= memoryNeeded
}
