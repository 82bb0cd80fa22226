package auth

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

const (
	// maxRunning is the number of hashes of one address, and of one account, that run
	// at a time.
	maxRunning = 2
	// maxWait is the longest wait for a slot.
	maxWait = 5 * time.Second
)

// Requester identifies the client and account for which a password is hashed. The
// queue shares slots among them.
type Requester struct {
	// Address is the client's network, as Network returns it; empty when it is
	// unknown or there is none.
	Address string
	// Account is the account of the password; empty for none.
	Account string
	// Reserved selects the reserved part of the queue: for a password change with
	// a valid token, a sign-in from a known address, or a command.
	Reserved bool
}

// queue shares slots among requesters. It has an open and a reserved line. While both
// contain tickets that may run, the lines get slots alternately. Within a line,
// addresses get slots round-robin; all requesters with an unknown address count as one
// address. When a line is full, a new ticket evicts the newest ticket of the address
// with the most waiting tickets, if that address has at least two more than the new
// ticket's own.
type queue struct {
	slots, capacity int // capacity of each line

	mu       sync.Mutex
	running  []*ticket // one per occupied slot
	waiting  []*ticket // of both lines, oldest first
	turn     int       // the last turn of the round
	reserved bool      // the line that gets the next slot
}

type ticket struct {
	Requester
	// turn is the same for all tickets that wait in the same line with the same
	// address. In each line the lowest turn is next.
	turn    int
	granted chan bool // false when the ticket was evicted
}

func (t *ticket) sharesTurn(other *ticket) bool {
	return t.Reserved == other.Reserved && t.Address == other.Address
}

func newQueue(slots, capacity int) *queue { return &queue{slots: slots, capacity: capacity} }

// run runs hash in a slot. It fails with the code Overloaded when the line is full, the
// ticket is evicted, the wait exceeds maxWait, or ctx ends.
func (q *queue) run(ctx context.Context, r Requester, hash func()) error {
	ctx, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	t := &ticket{Requester: r, granted: make(chan bool, 1)}
	if ctx.Err() != nil || !q.join(t) {
		return overloaded(ctx.Err())
	}
	defer q.leave(t)
	select {
	case granted := <-t.granted:
		if !granted {
			return overloaded(nil)
		}
		hash()
		return nil
	case <-ctx.Done():
		return overloaded(ctx.Err())
	}
}

func overloaded(cause error) error {
	return apperr.Wrap(apperr.Overloaded, apperr.Busy, cause)
}

// join adds a ticket to its line. It reports false when the line is full.
func (q *queue) join(t *ticket) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	line := slices.DeleteFunc(slices.Clone(q.waiting), func(w *ticket) bool { return w.Reserved != t.Reserved })
	if len(line) >= q.capacity {
		evicted := evictedBy(t, line)
		if evicted == nil {
			return false
		}
		q.waiting = without(q.waiting, evicted)
		evicted.granted <- false
	}
	q.waiting = append(q.waiting, t)
	if i := slices.IndexFunc(line, t.sharesTurn); i >= 0 {
		t.turn = line[i].turn
	} else {
		q.moveToEnd(t)
	}
	q.grant()
	return true
}

// leave removes a ticket, whether it waits, runs or was evicted.
func (q *queue) leave(t *ticket) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting, q.running = without(q.waiting, t), without(q.running, t)
	q.grant()
}

func without(tickets []*ticket, t *ticket) []*ticket {
	return slices.DeleteFunc(tickets, func(other *ticket) bool { return other == t })
}

// grant assigns the free slots to waiting tickets.
func (q *queue) grant() {
	for len(q.running) < q.slots {
		t := q.next(q.reserved)
		if t != nil {
			q.reserved = !q.reserved
		} else if t = q.next(!q.reserved); t == nil {
			return
		}
		q.moveToEnd(t)
		q.waiting, q.running = without(q.waiting, t), append(q.running, t)
		t.granted <- true
	}
}

// next returns the next ticket of a line that may run, nil for none.
func (q *queue) next(reserved bool) (next *ticket) {
	for _, t := range q.waiting {
		if t.Reserved == reserved && q.mayRun(t) && (next == nil || t.turn < next.turn) {
			next = t
		}
	}
	return next
}

// mayRun reports whether the requester has fewer than maxRunning hashes running.
func (q *queue) mayRun(t *ticket) bool {
	addresses, accounts := 0, 0
	for _, r := range q.running {
		if t.Address != "" && r.Address == t.Address {
			addresses++
		}
		if t.Account != "" && r.Account == t.Account {
			accounts++
		}
	}
	return max(addresses, accounts) < maxRunning
}

// moveToEnd gives the address of a ticket the last turn of the round.
func (q *queue) moveToEnd(t *ticket) {
	q.turn++
	for _, w := range q.waiting {
		if t.sharesTurn(w) {
			w.turn = q.turn
		}
	}
}

// evictedBy returns the ticket of a full line that a new ticket evicts, nil for none.
func evictedBy(t *ticket, line []*ticket) (evicted *ticket) {
	waiting := make(map[string]int)
	for _, w := range line {
		waiting[w.Address]++
	}
	most := waiting[t.Address] + 1
	for _, w := range line {
		if n := waiting[w.Address]; n > most || evicted != nil && w.Address == evicted.Address {
			evicted, most = w, n
		}
	}
	return evicted
}
