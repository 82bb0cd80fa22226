package auth

import "runtime"

// yielding runs work on a thread of its own, which gives way to every other that
// wants the processor, and returns when it has ended. A panic of work is the
// caller's.
func yielding(work func()) {
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
