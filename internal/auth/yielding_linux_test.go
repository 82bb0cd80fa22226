package auth

import (
	"syscall"
	"testing"
)

// niceness is that of the thread that calls it. The kernel returns 20 less it.
func niceness(t *testing.T) int {
	t.Helper()
	priority, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
	if err != nil {
		t.Error(err)
	}
	return 20 - priority
}

func TestHashesGiveWayToEverythingElse(t *testing.T) {
	h, err := NewHasher(HasherConfig{Cost: 4})
	if err != nil {
		t.Fatal(err)
	}
	var hashing int
	h.compare = func(_, _ []byte) error { hashing = niceness(t); return nil }
	if err := matchNothing(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	if hashing != lowest {
		t.Errorf("hashes run with niceness %d, want %d", hashing, lowest)
	}
	for range 100 { // more than there are threads to hand it to
		yielding(func() {})
		if n := niceness(t); n == lowest {
			t.Fatal("a request runs on a thread that gave way")
		}
	}
}

func TestAPanicWhileHashingIsTheCallers(t *testing.T) {
	defer func() {
		if recover() != "odd hash" {
			t.Error("the panic is lost")
		}
	}()
	yielding(func() { panic("odd hash") })
}
