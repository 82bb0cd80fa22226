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

func TestHashesAreLimitedToTheSlots(t *testing.T) {
	testQueue(t, 2, 8, func(t *testing.T, h *Hasher, running *atomic.Int32) {
		var all sync.WaitGroup
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

func TestFullQueueIsOverloadedAtOnce(t *testing.T) {
	testQueue(t, 1, 3, func(t *testing.T, h *Hasher, _ *atomic.Int32) {
		for range 4 {
			go func() {
				if err := matchNothing(t.Context(), h); err != nil {
					t.Error(err)
				}
			}()
		}
		synctest.Wait()

		start := time.Now()
		wantOverloaded(t, "Matches", matchNothing(t.Context(), h))
		_, err := h.Hash(t.Context(), Requester{}, "x")
		wantOverloaded(t, "Hash", err)
		if waited := time.Since(start); waited != 0 {
			t.Errorf("failed after %v", waited)
		}

		time.Sleep(time.Second) // one hash ends
		synctest.Wait()
		if err := matchNothing(t.Context(), h); err != nil {
			t.Errorf("after a hash has ended: %v", err)
		}
	})
}

func wantOverloaded(t *testing.T, name string, err error) {
	t.Helper()
	if apperr.CodeOf(err) != apperr.Overloaded {
		t.Errorf("%s: %v", name, err)
	}
}

func TestCancelledRequestLeavesTheQueue(t *testing.T) {
	testQueue(t, 1, 1, func(t *testing.T, h *Hasher, _ *atomic.Int32) {
		go func() { _ = matchNothing(t.Context(), h) }()
		synctest.Wait()

		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		start := time.Now()
		err := matchNothing(ctx, h)
		wantOverloaded(t, "Matches", err)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the cause is %v", err)
		}
		if waited := time.Since(start); waited != 300*time.Millisecond {
			t.Errorf("waited %v", waited)
		}
		if err := matchNothing(t.Context(), h); err != nil {
			t.Errorf("the cancelled request is still queued: %v", err)
		}
	})
}

func TestDefaultSlotsUseHalfOfTheProcessors(t *testing.T) {
	old := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(old)
	for cpus, slots := range map[int]int{1: 1, 2: 1, 3: 1, 4: 2, 8: 4} {
		runtime.GOMAXPROCS(cpus)
		q := mustHasher(t, 4).queue
		if q.free != slots || q.lines[0].capacity != 16*slots || q.lines[1].capacity != 16*slots {
			t.Errorf("%d processors: %d slots, queue %+v, want %d slots", cpus, q.free, q.lines, slots)
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
			_, err := h.Matches(t.Context(), r, "", "x")
			mu.Lock()
			defer mu.Unlock()
			if name := r.Address + r.Account; err != nil {
				ended = append(ended, "!"+name)
			} else {
				ended = append(ended, name)
			}
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

func TestAddressAndAccountRunAtMostTwoHashes(t *testing.T) {
	for name, same := range map[string]func(i int) Requester{
		"an address": func(i int) Requester { return Requester{Address: "A", Account: strconv.Itoa(i)} },
		"an account": func(i int) Requester { return Requester{Address: strconv.Itoa(i), Account: "1"} },
	} {
		t.Run(name, func(t *testing.T) {
			testQueue(t, 4, 64, func(t *testing.T, h *Hasher, running *atomic.Int32) {
				var all sync.WaitGroup
				for i := range 5 {
					all.Go(func() { _, _ = h.Matches(t.Context(), same(i), "", "x") })
				}
				synctest.Wait()
				if n := running.Load(); n != 2 {
					t.Errorf("%d hashes run on 4 slots", n)
				}
				all.Go(func() { _, _ = h.Matches(t.Context(), Requester{Address: "other", Account: "other"}, "", "x") })
				synctest.Wait()
				if n := running.Load(); n != 3 {
					t.Errorf("%d hashes run with another requester", n)
				}
				all.Wait()
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
				if release, err := q.acquire(ctx, r); err == nil {
					runtime.Gosched()
					release()
				}
				cancel()
			}
		})
	}
	all.Wait()
	for _, l := range q.lines {
		if len(l.tickets) != 0 || len(l.turns) != 0 {
			t.Errorf("%d tickets of %d addresses still wait", len(l.tickets), len(l.turns))
		}
	}
	if q.free != 3 || len(q.addresses) != 0 || len(q.accounts) != 0 {
		t.Errorf("%d of 3 slots are free, running %v and %v", q.free, q.addresses, q.accounts)
	}
}
