package auth

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// testQueue runs a test with a Hasher whose comparisons take a second of the synctest
// clock and match nothing.
func testQueue(t *testing.T, slots, queue int, test func(t *testing.T, h *Hasher, running *atomic.Int32)) {
	synctest.Test(t, func(t *testing.T) {
		var running atomic.Int32
		h := mustHasher(t, 4)
		h.queue = newQueue(slots, queue)
		h.compare = func(_, _ []byte) error {
			if n := running.Add(1); n > int32(slots) {
				t.Errorf("%d hashes run at a time", n)
			}
			time.Sleep(time.Second)
			running.Add(-1)
			return bcrypt.ErrMismatchedHashAndPassword
		}
		test(t, h, &running)
	})
}

// matches compares a password as a sign-in to an unknown account does.
func matches(ctx context.Context, h *Hasher, r Requester) error {
	_, err := h.Matches(ctx, r, "", "x")
	return err
}

func TestRunningHashesAreLimited(t *testing.T) {
	for name, c := range map[string]struct {
		slots int
		from  func(i int) Requester
		want  int32
	}{
		"to the slots":           {3, func(int) Requester { return Requester{} }, 3},
		"to two for one address": {4, func(i int) Requester { return Requester{Address: "A", Account: strconv.Itoa(i)} }, 2},
		"to two for one account": {4, func(i int) Requester { return Requester{Address: strconv.Itoa(i), Account: "1"} }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			testQueue(t, c.slots, 8, func(t *testing.T, h *Hasher, running *atomic.Int32) {
				var all sync.WaitGroup
				defer all.Wait()
				for i := range 5 {
					all.Go(func() { _ = matches(t.Context(), h, c.from(i)) })
				}
				synctest.Wait()
				if n := running.Load(); n != c.want {
					t.Errorf("%d hashes run on %d slots", n, c.slots)
				}
				all.Go(func() { _ = matches(t.Context(), h, Requester{Address: "other", Account: "other"}) })
				synctest.Wait()
				if n := running.Load(); n != 3 {
					t.Errorf("%d hashes run with another requester", n)
				}
			})
		})
	}
}

func TestEveryMethodFailsWhenTheQueueIsFull(t *testing.T) {
	h := mustHasher(t, 4)
	h.queue = newQueue(1, 0)
	_, err := h.Hash(t.Context(), Requester{}, "x")
	for _, err := range []error{err, matches(t.Context(), h, Requester{})} {
		if apperr.CodeOf(err) != apperr.Overloaded {
			t.Errorf("got %v", err)
		}
	}
}

func TestCancelledRequestLeavesTheQueue(t *testing.T) {
	testQueue(t, 1, 1, func(t *testing.T, h *Hasher, _ *atomic.Int32) {
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		for range 20 { // select chooses at random
			if err := matches(ended, h, Requester{}); !errors.Is(err, context.Canceled) {
				t.Errorf("a request that has ended: %v", err)
			}
		}
		ends := make(chan struct{})
		go func() { _ = h.queue.run(t.Context(), Requester{}, func() { <-ends }) }()
		synctest.Wait()
		for timeout, want := range map[time.Duration]time.Duration{300 * time.Millisecond: 300 * time.Millisecond, time.Minute: 5 * time.Second} {
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			start := time.Now()
			err := matches(ctx, h, Requester{})
			if waited := time.Since(start); apperr.CodeOf(err) != apperr.Overloaded || !errors.Is(err, context.DeadlineExceeded) || waited != want {
				t.Errorf("after %v: %v", waited, err)
			}
		}
		close(ends)
		if err := matches(t.Context(), h, Requester{}); err != nil {
			t.Errorf("a cancelled request is still queued: %v", err)
		}
	})
}

func TestDefaultSlotsUseHalfOfTheProcessors(t *testing.T) {
	old := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(old)
	for cpus, slots := range map[int]int{1: 1, 2: 1, 3: 1, 4: 2, 8: 4} {
		runtime.GOMAXPROCS(cpus)
		q := mustHasher(t, 4).queue
		if q.slots != slots || q.capacity != 16*slots {
			t.Errorf("%d processors: %d slots, a queue of %d, want %d slots", cpus, q.slots, q.capacity, slots)
		}
	}
}

// order queues a hash for each requester, one after the other, and returns the
// order in which they end, with an "!" before those that failed. Each is named by
// its address and account.
func order(t *testing.T, h *Hasher, requesters ...Requester) []string {
	t.Helper()
	var mu sync.Mutex
	var ended []string
	var all sync.WaitGroup
	for _, r := range requesters {
		all.Go(func() {
			name := r.Address + r.Account
			if err := matches(t.Context(), h, r); err != nil {
				name = "!" + name
			}
			mu.Lock()
			defer mu.Unlock()
			ended = append(ended, name)
		})
		synctest.Wait()
	}
	all.Wait()
	return ended
}

func TestQueueSharesSlotsFairly(t *testing.T) {
	from := func(address string, accounts ...string) (all []Requester) {
		for _, account := range accounts {
			all = append(all, Requester{Address: address, Account: account})
		}
		return all
	}
	reserved := Requester{Address: "R", Account: "1", Reserved: true}
	for name, c := range map[string]struct {
		queue      int
		requesters []Requester
		want       string
	}{
		"addresses get slots round-robin": {16,
			slices.Concat(from("A", "1", "2"), from("B", "3"), from("A", "4"), from("C", "5")),
			"A1 A2 B3 C5 A4"},
		"unknown addresses get slots in the order of arrival": {16,
			from("", "1", "2", "3", "4"),
			"1 2 3 4"},
		"a new address evicts the newest ticket of a full queue": {3,
			slices.Concat(from("A", "1", "2", "3", "4"), from("B", "5")),
			"!A4 A1 A2 B5 A3"},
		"an address with one ticket less evicts none": {3,
			slices.Concat(from("A", "1", "2", "3"), from("B", "4", "5")),
			"!B5 A1 A2 B4 A3"},
		"unknown addresses count as one address": {16,
			slices.Concat(from("", "1", "2", "3"), from("B", "4")),
			"1 2 B4 3"},
		"a new address evicts the newest ticket without an address": {3,
			slices.Concat(from("", "1", "2", "3", "4"), from("B", "5")),
			"!4 1 2 B5 3"},
		"a new address evicts a ticket for the same account": {3,
			slices.Concat(from("A", "1", "1", "1", "1"), from("B", "1")),
			"!A1 A1 A1 B1 A1"},
		"a reserved requester is next although the open line is full": {2,
			slices.Concat(from("A", "1"), from("B", "2"), from("C", "3"), []Requester{reserved}),
			"A1 R1 B2 C3"},
		"open and reserved requesters get slots alternately": {16,
			slices.Concat(from("A", "1", "2", "3"), []Requester{reserved, {Address: "R", Account: "2", Reserved: true}}),
			"A1 R1 A2 R2 A3"},
		"a reserved requester takes no open turn of its address": {16,
			slices.Concat(from("A", "1", "2"), from("B", "3"), []Requester{{Address: "A", Account: "4", Reserved: true}}),
			"A1 A4 A2 B3"},
	} {
		t.Run(name, func(t *testing.T) {
			testQueue(t, 1, c.queue, func(t *testing.T, h *Hasher, _ *atomic.Int32) {
				if got := strings.Join(order(t, h, c.requesters...), " "); got != c.want {
					t.Errorf("%s, want %s", got, c.want)
				}
			})
		})
	}
}

func TestQueueLosesNoSlot(t *testing.T) {
	q := newQueue(3, 4)
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			for n := range 300 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n%7)*10*time.Microsecond)
				r := Requester{Address: strconv.Itoa(i % 5), Account: strconv.Itoa(n % 3), Reserved: n%2 == 0}
				_ = q.run(ctx, r, runtime.Gosched)
				cancel()
			}
		})
	}
	all.Wait()
	if len(q.waiting) != 0 || len(q.running) != 0 {
		t.Errorf("%d tickets still wait, %d run", len(q.waiting), len(q.running))
	}
}
