package auth

import (
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// ownNiceness is that of the thread that calls it. The kernel returns 20 less it.
func ownNiceness(t *testing.T) int {
	t.Helper()
	priority, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
	if err != nil {
		t.Error(err)
	}
	return 20 - priority
}

func TestHashesGiveWayToRequests(t *testing.T) {
	h, err := NewHasher(HasherConfig{Cost: 4})
	if err != nil {
		t.Fatal(err)
	}
	var hashing int
	h.compare = func(_, _ []byte) error { hashing = ownNiceness(t); return nil }
	if err := matchNothing(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	usual := ownNiceness(t)
	if hashing != usual+niceness {
		t.Errorf("hashes run with niceness %d, want %d", hashing, usual+niceness)
	}
	for range 100 { // more than there are threads to hand it to
		atLowPriority(func() {})
		if n := ownNiceness(t); n != usual {
			t.Fatal("a request runs on a thread that gave way")
		}
	}
}

func TestHashesTakeNoPlaceFromRequests(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	var all sync.WaitGroup
	var running atomic.Int32
	for range 2 {
		all.Go(func() {
			atLowPriority(func() {
				for running.Add(1); running.Load() < 2; {
					runtime.Gosched()
				}
				if during := runtime.GOMAXPROCS(0); during != before+2 {
					t.Errorf("%d threads may run beside 2 hashes, want %d", during-2, before)
				}
				for running.Add(1); running.Load() < 4; {
					runtime.Gosched()
				}
			})
		})
	}
	all.Wait()
	if after := runtime.GOMAXPROCS(0); after != before {
		t.Errorf("%d threads may run afterwards, want %d", after, before)
	}
}

func TestAPanicWhileHashingIsTheCallers(t *testing.T) {
	defer func() {
		err, _ := recover().(error)
		if err == nil || !strings.HasPrefix(err.Error(), "odd hash\n") || !strings.Contains(err.Error(), "TestAPanicWhileHashing") {
			t.Errorf("the caller got %v", err)
		}
	}()
	atLowPriority(func() { panic("odd hash") })
}
