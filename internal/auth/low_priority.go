package auth

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
)

// atLowPriority runs work on a thread of its own, which gives way to others that
// want the processor, and returns when it has ended. A panic of work is
// the caller's, with the stack of work.
func atLowPriority(work func()) {
	adjustGOMAXPROCS(+1)
	defer adjustGOMAXPROCS(-1)
	var panicked error
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				panicked = fmt.Errorf("%v\n%s", p, debug.Stack())
			}
		}()
		runtime.LockOSThread() // for good: the thread ends with this function, and its priority with it
		lowerPriority()
		work()
	}()
	<-done
	if panicked != nil {
		panic(panicked)
	}
}

var gomaxprocs sync.Mutex

// adjustGOMAXPROCS lets more threads run Go code at a time: one of low priority
// would else keep a place which requests need. From the first call on, Go no
// longer follows a changed processor limit of its container.
func adjustGOMAXPROCS(by int) {
	gomaxprocs.Lock()
	defer gomaxprocs.Unlock()
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + by)
}
