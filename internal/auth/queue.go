package auth

import (
	"context"
	"slices"
	"sync"
)

// perRequester is how many hashes of one address run at a time, and how many
// of one account run or wait.
const perRequester = 2

// Requester says for whom a password is hashed, so that the slots can be shared.
type Requester struct {
	// Address is the client's network, as client.Network returns it; empty when
	// it is not known or there is none.
	Address string
	// Account is the account whose password it is; empty for none.
	Account string
	// Reserved marks what has capacity of its own: a password change with a valid
	// token, a sign-in from a known address, a command.
	Reserved bool
}

// queue shares slots among those who hash. There are two lines, one of them for
// reserved requesters; while both have waiting requesters, they get slots in
// turn. In a line, addresses get slots in turn. An address may have two hashes
// at a time, an account two at a time or waiting in its line. When a line is
// full, a new requester replaces the newest of the address that has the most
// waiting, if that is at least two more than its own address has.
type queue struct {
	mu    sync.Mutex
	free  int     // slots
	lines [2]line // open, reserved
	turn  int     // the line that is next
	// running counts hashes by address, admitted those that run or wait by line
	// and account.
	running  map[string]int
	admitted map[lineAccount]int
}

type lineAccount struct {
	reserved bool
	account  string
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
		running: make(map[string]int), admitted: make(map[lineAccount]int),
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
	if t.Account != "" && q.admitted[t.lineAccount()] >= perRequester {
		return false
	}
	l := q.lineOf(t)
	if l.waiting >= l.capacity {
		displaced := l.displacedBy(t)
		if displaced == nil {
			return false
		}
		q.drop(displaced)
		displaced.granted <- false
	}
	l.add(t)
	q.admitted[t.lineAccount()]++
	q.grant()
	return true
}

// leave takes a waiting ticket out, and reports false when it no longer waits.
func (q *queue) leave(t *ticket) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.drop(t)
}

func (q *queue) drop(t *ticket) bool {
	if !q.lineOf(t).remove(t) {
		return false
	}
	decrement(q.admitted, t.lineAccount())
	return true
}

func (q *queue) release(t *ticket) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.free++
	decrement(q.running, t.Address)
	decrement(q.admitted, t.lineAccount())
	q.grant()
}

// grant gives free slots to those whose turn it is.
func (q *queue) grant() {
	for q.free > 0 {
		t := q.lines[q.turn].next(q.running)
		if t != nil {
			q.turn = 1 - q.turn
		} else if t = q.lines[1-q.turn].next(q.running); t == nil {
			return
		}
		q.free--
		q.running[t.Address]++
		t.granted <- true
	}
}

func (q *queue) lineOf(t *ticket) *line {
	if t.Reserved {
		return &q.lines[1]
	}
	return &q.lines[0]
}

func (t *ticket) lineAccount() lineAccount { return lineAccount{t.Reserved, t.Account} }

// next takes out the ticket whose turn it is, nil when none may run.
func (l *line) next(running map[string]int) *ticket {
	for _, a := range l.addresses {
		if a.address != "" && running[a.address] >= perRequester {
			continue
		}
		t := a.tickets[0]
		l.remove(t)
		if i := slices.Index(l.addresses, a); i >= 0 { // it waits for its next turn
			l.addresses = append(slices.Delete(l.addresses, i, i+1), a)
		}
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

// of returns nil when no ticket of the address waits. A requester whose address
// is not known shares with nobody.
func (l *line) of(address string) *waitingAddress {
	i := slices.IndexFunc(l.addresses, func(a *waitingAddress) bool { return address != "" && a.address == address })
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
