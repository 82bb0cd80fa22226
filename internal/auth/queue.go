package auth

import (
	"context"
	"slices"
	"sync"
)

// maxRunning is how many hashes of one address, and of one account, run at a time.
const maxRunning = 2

// Requester says for whom a password is hashed, so that the slots can be shared.
type Requester struct {
	// Address is the client's network, as Network returns it; empty when
	// it is not known or there is none.
	Address string
	// Account is the account whose password it is; empty for none.
	Account string
	// Reserved marks what has capacity of its own: a password change with a valid
	// token, a sign-in from a known address, a command.
	Reserved bool
}

// queue shares slots among those who hash. There are two lines, one of them for
// reserved requesters; while both have requesters that may run, they get slots in
// turn. In a line, addresses get slots in turn; all requesters whose address is
// not known share one turn. When a line is full, a new requester replaces the
// newest of the address that has the most waiting, if that is at least two more
// than its own address has.
type queue struct {
	mu    sync.Mutex
	free  int     // slots
	lines [2]line // open, reserved
	turn  int     // the line that is next
	// addresses and accounts count the hashes that run.
	addresses, accounts map[string]int
}

// line holds those who wait for a slot.
type line struct {
	capacity, waiting int
	// addresses is in the order of their turns. Each has at least one ticket.
	addresses []*waitingAddress
}

type waitingAddress struct {
	address string
	tickets []*ticket // oldest first
}

type ticket struct {
	Requester
	granted chan bool // false for a ticket that lost its place
}

func newQueue(slots, capacity int) *queue {
	return &queue{
		free: slots, lines: [2]line{{capacity: capacity}, {capacity: capacity}},
		addresses: make(map[string]int), accounts: make(map[string]int),
	}
}

// acquire waits for a slot, which release gives back. It fails with the code
// Overloaded when the requester gets no place, loses it, or ctx ends.
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
		if !q.leave(t) && <-t.granted { // it got its slot at that moment
			q.release(t)
		}
		return nil, overloaded(ctx.Err())
	}
}

// join puts a ticket in its line, and reports false when there is no place.
func (q *queue) join(t *ticket) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.lineOf(t)
	if l.waiting >= l.capacity {
		displaced := l.displacedBy(t)
		if displaced == nil {
			return false
		}
		l.remove(displaced)
		displaced.granted <- false
	}
	l.add(t)
	q.grant()
	return true
}

// leave takes a waiting ticket out, and reports false when it no longer waits.
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

// grant gives free slots to those whose turn it is.
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

// next takes out the ticket whose turn it is, nil when none may run.
func (l *line) next(mayRun func(*ticket) bool) *ticket {
	for i, a := range l.addresses {
		j := slices.IndexFunc(a.tickets, mayRun)
		if j < 0 {
			continue
		}
		// The address waits for its next turn.
		l.addresses = append(slices.Delete(l.addresses, i, i+1), a)
		t := a.tickets[j]
		l.remove(t)
		return t
	}
	return nil
}

func (l *line) add(t *ticket) {
	l.waiting++
	if a := l.of(t.Address); a != nil {
		a.tickets = append(a.tickets, t)
		return
	}
	l.addresses = append(l.addresses, &waitingAddress{address: t.Address, tickets: []*ticket{t}})
}

// of returns nil when no ticket of the address waits.
func (l *line) of(address string) *waitingAddress {
	i := slices.IndexFunc(l.addresses, func(a *waitingAddress) bool { return a.address == address })
	if i < 0 {
		return nil
	}
	return l.addresses[i]
}

func (l *line) remove(t *ticket) bool {
	for i, a := range l.addresses {
		j := slices.Index(a.tickets, t)
		if j < 0 {
			continue
		}
		a.tickets = slices.Delete(a.tickets, j, j+1)
		if len(a.tickets) == 0 {
			l.addresses = slices.Delete(l.addresses, i, i+1)
		}
		l.waiting--
		return true
	}
	return false
}

// displacedBy returns the ticket that gives way to a new one, nil for none.
func (l *line) displacedBy(t *ticket) *ticket {
	own := 0
	if a := l.of(t.Address); a != nil {
		own = len(a.tickets)
	}
	most := slices.MaxFunc(l.addresses, func(a, b *waitingAddress) int { return len(a.tickets) - len(b.tickets) })
	if len(most.tickets) < own+2 {
		return nil
	}
	return most.tickets[len(most.tickets)-1]
}

func decrement[K comparable](counts map[K]int, key K) {
	if counts[key]--; counts[key] == 0 {
		delete(counts, key)
	}
}
