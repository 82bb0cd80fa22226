package auth

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/stay-sidekick/profile-server/internal/problem"
)

// slowHasher compares in a second of the bubble's clock, and nothing matches.
func slowHasher(t *testing.T, slots, queue int, running *atomic.Int32) *Hasher {
	t.Helper()
	h, err := NewHasher(HasherConfig{Cost: 4, Slots: slots, Queue: queue})
	if err != nil {
		t.Fatal(err)
	}
	h.compare = func(_, _ []byte) error {
		if n := running.Add(1); n > int32(slots) {
			t.Errorf("%d hashes run at a time", n)
		}
		time.Sleep(time.Second)
		running.Add(-1)
		return bcrypt.ErrMismatchedHashAndPassword
	}
	return h
}

func TestNoMoreHashesThanSlotsRunAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running atomic.Int32
		var all sync.WaitGroup
		h := slowHasher(t, 2, 8, &running)
		start := time.Now()
		for range 10 {
			all.Go(func() {
				if err := matchNothing(t.Context(), h); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if n := running.Load(); n != 2 {
			t.Errorf("%d hashes run on 2 slots", n)
		}
		all.Wait()
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("10 hashes of a second on 2 slots took %v", took)
		}
	})
}

func TestBeyondTheQueueEveryMethodIsOverloadedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running atomic.Int32
		h := slowHasher(t, 1, 3, &running)
		for range 4 {
			go func() {
				if err := matchNothing(t.Context(), h); err != nil {
					t.Error(err)
				}
			}()
		}
		synctest.Wait()

		start := time.Now()
		_, err := h.Matches(t.Context(), "", "x")
		isOverloaded(t, "Matches", err)
		isOverloaded(t, "Matches of nothing", matchNothing(t.Context(), h))
		_, err = h.Hash(t.Context(), "x")
		isOverloaded(t, "Hash", err)
		if waited := time.Since(start); waited != 0 {
			t.Errorf("waited %v to hear it", waited)
		}

		time.Sleep(time.Second) // one is done
		synctest.Wait()
		if err := matchNothing(t.Context(), h); err != nil {
			t.Errorf("with a free place: %v", err)
		}
	})
}

func isOverloaded(t *testing.T, name string, err error) {
	t.Helper()
	if problem.CodeOf(err) != problem.Overloaded {
		t.Errorf("%s: %v", name, err)
	}
}

func TestWaitingEndsWithTheRequestAndFreesThePlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running atomic.Int32
		h := slowHasher(t, 1, 1, &running)
		go func() { _ = matchNothing(t.Context(), h) }()
		synctest.Wait()

		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		start := time.Now()
		err := matchNothing(ctx, h)
		isOverloaded(t, "Matches of nothing", err)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the cause is %v", err)
		}
		if waited := time.Since(start); waited != 300*time.Millisecond {
			t.Errorf("waited %v", waited)
		}
		if err := matchNothing(t.Context(), h); err != nil {
			t.Errorf("the place is still taken: %v", err)
		}
	})
}

func TestNothingIsHashedForARequestThatHasEnded(t *testing.T) {
	h, err := NewHasher(HasherConfig{Cost: 4})
	if err != nil {
		t.Fatal(err)
	}
	h.compare = func(_, _ []byte) error { t.Error("hashed"); return nil }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ok, err := h.Matches(ctx, h.decoy, "x")
	if ok || !errors.Is(err, context.Canceled) {
		t.Errorf("Matches = %v, %v", ok, err)
	}
}

func TestAnUnknownUserCostsWhatAWrongPasswordCosts(t *testing.T) {
	h, err := NewHasher(HasherConfig{Cost: 6})
	if err != nil {
		t.Fatal(err)
	}
	var costs []int
	h.compare = func(hash, password []byte) error {
		cost, err := bcrypt.Cost(hash)
		if err != nil {
			t.Error(err)
		}
		costs = append(costs, cost)
		// Not what a cheaper way out would say.
		if err := bcrypt.CompareHashAndPassword(hash, password); err != bcrypt.ErrMismatchedHashAndPassword {
			t.Errorf("bcrypt says %v", err)
		}
		return nil // even if the decoy's password were known
	}
	if err := matchNothing(t.Context(), h); err != nil {
		t.Error(err)
	}
	for _, stored := range []string{"", "no hash", "$2a$31$" + h.decoy[7:]} {
		if ok, err := h.Matches(t.Context(), stored, "x"); ok || err != nil {
			t.Errorf("%q: %v, %v", stored, ok, err)
		}
	}
	for _, cost := range costs {
		if cost != 6 {
			t.Errorf("costs %v, want 6", costs)
		}
	}
	if len(costs) != 4 {
		t.Errorf("%d comparisons for 4 attempts", len(costs))
	}
}

func TestTheDefaultQueueKeepsHalfTheProcessorsFree(t *testing.T) {
	old := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(old)
	for cpus, slots := range map[int]int{1: 1, 2: 1, 3: 1, 4: 2, 8: 4} {
		runtime.GOMAXPROCS(cpus)
		h, err := NewHasher(HasherConfig{Cost: 4})
		if err != nil {
			t.Fatal(err)
		}
		if !h.slots.TryAcquire(int64(slots)) || h.slots.TryAcquire(1) {
			t.Errorf("%d processors: not %d slots", cpus, slots)
		}
		if !h.places.TryAcquire(int64(17*slots)) || h.places.TryAcquire(1) {
			t.Errorf("%d processors: not %d places", cpus, 17*slots)
		}
	}
}

// matchNothing compares as a sign-in to an account that does not exist does.
func matchNothing(ctx context.Context, h *Hasher) error {
	_, err := h.Matches(ctx, "", "x")
	return err
}
