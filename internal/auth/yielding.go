package auth

import (
	"runtime"
	"sync"
)

// yielding runs work on a thread of its own, which gives way to every other that
// wants the processor, and returns when it has ended. A panic of work is the
// caller's.
func yielding(work func()) {
	runInParallel(+1)
	defer runInParallel(-1)
	var panicked any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { panicked = recover() }()
		runtime.LockOSThread() // for good: the thread ends with this function, and its priority with it
		giveWay()
		work()
	}()
	<-done
	if panicked != nil {
		panic(panicked)
	}
}

var processors sync.Mutex

// runInParallel lets more threads run Go code at a time: one that gave way would
// else keep a place which requests need. From the first call on, Go no longer
// follows a changed processor limit of its container.
func runInParallel(more int) {
	processors.Lock()
	defer processors.Unlock()
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + more)
}
