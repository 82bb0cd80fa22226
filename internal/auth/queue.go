package auth

import (
	"context"
	"slices"
	"sync"
)

// maxRunning is the number of hashes of one address, and of one account, that run
// at a time.
const maxRunning = 2

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

// queue shares slots among requesters. It has two lines, an open and a reserved
// one. While both contain tickets that may run, the lines get slots alternately.
// Within a line, addresses get slots round-robin; all requesters with an unknown
// address count as one address. When a line is full, a new ticket evicts the
// newest ticket of the address with the most waiting tickets, if that address has
// at least two more than the new ticket's own.
type queue struct {
	mu    sync.Mutex
	free  int     // free slots
	lines [2]line // open, reserved
	turn  int     // index of the line that gets the next slot
	// addresses and accounts count the hashes that run.
	addresses, accounts map[string]int
}

// line holds the tickets that wait for a slot.
type line struct {
	capacity int
	tickets  []*ticket // oldest first
	// turns has each address with a ticket. The lowest turn is next.
	turns    map[string]int
	lastTurn int
}

type ticket struct {
	Requester
	granted chan bool // false when the ticket was evicted
}

func newQueue(slots, capacity int) *queue {
	newLine := func() line { return line{capacity: capacity, turns: make(map[string]int)} }
	return &queue{
		free: slots, lines: [2]line{newLine(), newLine()},
		addresses: make(map[string]int), accounts: make(map[string]int),
	}
}

// acquire waits for a slot; release returns it. It fails with the code Overloaded
// when the line is full, the ticket is evicted, or ctx ends.
func (q *queue) acquire(ctx context.Context, r Requester) (release func(), err error) {
	t := &ticket{Requester: r, granted: make(chan bool, 1)}
	if ctx.Err() != nil || !q.join(t) {
		return nil, overloaded(ctx.Err())
	}
	select {
	case granted := <-t.granted:
		if !granted {
			return nil, overloaded(nil)
		}
		return func() { q.release(t) }, nil
	case <-ctx.Done():
		if !q.leave(t) && <-t.granted { // the slot was granted concurrently
			q.release(t)
		}
		return nil, overloaded(ctx.Err())
	}
}

// join adds a ticket to its line. It reports false when the line is full.
func (q *queue) join(t *ticket) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.lineOf(t)
	if len(l.tickets) >= l.capacity {
		evicted := l.evictedBy(t)
		if evicted == nil {
			return false
		}
		l.remove(evicted)
		evicted.granted <- false
	}
	l.add(t)
	q.grant()
	return true
}

// leave removes a waiting ticket. It reports false when the ticket no longer waits.
func (q *queue) leave(t *ticket) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.lineOf(t).remove(t)
}

func (q *queue) release(t *ticket) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.free++
	decrement(q.addresses, t.Address)
	decrement(q.accounts, t.Account)
	q.grant()
}

// grant assigns the free slots to waiting tickets.
func (q *queue) grant() {
	for q.free > 0 {
		t := q.lines[q.turn].next(q.mayRun)
		if t != nil {
			q.turn = 1 - q.turn
		} else if t = q.lines[1-q.turn].next(q.mayRun); t == nil {
			return
		}
		q.free--
		q.addresses[t.Address]++
		q.accounts[t.Account]++
		t.granted <- true
	}
}

// mayRun reports whether the requester has fewer than maxRunning hashes running.
func (q *queue) mayRun(t *ticket) bool {
	return (t.Address == "" || q.addresses[t.Address] < maxRunning) && (t.Account == "" || q.accounts[t.Account] < maxRunning)
}

func (q *queue) lineOf(t *ticket) *line {
	if t.Reserved {
		return &q.lines[1]
	}
	return &q.lines[0]
}

// next removes and returns the next ticket that may run, nil for none.
func (l *line) next(mayRun func(*ticket) bool) (next *ticket) {
	for _, t := range l.tickets {
		if mayRun(t) && (next == nil || l.turns[t.Address] < l.turns[next.Address]) {
			next = t
		}
	}
	if next != nil {
		l.moveToEnd(next.Address)
		l.remove(next)
	}
	return next
}

// moveToEnd gives an address the last turn of the round.
func (l *line) moveToEnd(address string) {
	l.lastTurn++
	l.turns[address] = l.lastTurn
}

func (l *line) add(t *ticket) {
	l.tickets = append(l.tickets, t)
	if l.turns[t.Address] == 0 {
		l.moveToEnd(t.Address)
	}
}

func (l *line) remove(t *ticket) bool {
	i := slices.Index(l.tickets, t)
	if i < 0 {
		return false
	}
	l.tickets = slices.Delete(l.tickets, i, i+1)
	if !slices.ContainsFunc(l.tickets, func(other *ticket) bool { return other.Address == t.Address }) {
		delete(l.turns, t.Address)
	}
	return true
}

// evictedBy returns the ticket that a new ticket evicts, nil for none.
func (l *line) evictedBy(t *ticket) (evicted *ticket) {
	waiting := make(map[string]int)
	for _, w := range l.tickets {
		waiting[w.Address]++
	}
	most := waiting[t.Address] + 1
	for _, w := range l.tickets {
		if n := waiting[w.Address]; n > most || evicted != nil && w.Address == evicted.Address {
			evicted, most = w, n
		}
	}
	return evicted
}

func decrement[K comparable](counts map[K]int, key K) {
	if counts[key]--; counts[key] == 0 {
		delete(counts, key)
	}
}
