package db

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// patience is how long gathered reads wait for the statement that runs. Then
// they go on their own: a database that is far away answers several statements
// at once, and a connection in trouble holds up nobody else.
const patience = 2 * time.Millisecond

// Fetch reads the values of some keys, which may repeat, in one statement; a key
// that has no value is left out. The context is not that of any one request, so
// Fetch bounds its own time. It is called by several goroutines at once.
type Fetch[K comparable, V any] func(ctx context.Context, keys []K) (map[K]V, error)

// Loader joins reads of one kind that wait at the same time into one statement,
// so that a busy server pays one round trip for many requests. A read joins only
// a statement that has not been sent yet: its result is never older than the read
// itself. Nothing is kept once it is returned. See "Batched reads" in docs/architecture.md. A Loader is
// safe for concurrent use.
type Loader[K comparable, V any] struct {
	fetch Fetch[K, V]

	mu       sync.Mutex
	running  int
	gathered *statement[K, V] // not sent yet; nil when nobody waits
}

// statement is one call of Fetch. Its results may be read once done is closed.
type statement[K comparable, V any] struct {
	keys   []K
	done   chan struct{}
	values map[K]V
	errs   map[K]error // nil when none failed
	// overdue sends the statement when the running one takes too long; nil when
	// it does not wait for one.
	overdue *time.Timer
}

// NewLoader returns a Loader that reads with fetch.
func NewLoader[K comparable, V any](fetch Fetch[K, V]) *Loader[K, V] {
	return &Loader[K, V]{fetch: fetch}
}

// Load reads the value of a key, and reports false when it has none. It fails
// with the error of the statement that it was part of, or with that of ctx, whose
// end takes the read out and leaves the others of the statement alone.
func (l *Loader[K, V]) Load(ctx context.Context, key K) (value V, found bool, err error) {
	s := l.join(key)
	select {
	case <-s.done:
		value, found = s.values[key]
		return value, found, s.errs[key]
	case <-ctx.Done():
		return value, false, ctx.Err()
	}
}

// join adds a key to the next statement, and has it sent.
func (l *Loader[K, V]) join(key K) *statement[K, V] {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.gathered
	if s == nil {
		s = &statement[K, V]{done: make(chan struct{})}
		l.gathered = s
		l.haveSent(s)
	}
	s.keys = append(s.keys, key)
	return s
}

// haveSent starts a runner, or leaves the statement to one that runs already.
func (l *Loader[K, V]) haveSent(s *statement[K, V]) {
	if l.running == 0 {
		l.start()
		return
	}
	s.overdue = time.AfterFunc(patience, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.gathered == s {
			l.start()
		}
	})
}

func (l *Loader[K, V]) start() {
	l.running++
	go l.run()
}

// run sends what was gathered until there is nothing left.
func (l *Loader[K, V]) run() {
	for s := l.next(); s != nil; s = l.next() {
		s.send(l.guarded)
		close(s.done)
	}
}

// next lets the goroutines that are ready run first, since the next thing that
// some of them do is to join: an idle server loses no time by that, a busy one
// sends half as many statements.
func (l *Loader[K, V]) next() *statement[K, V] {
	runtime.Gosched()
	return l.take()
}

// send reads all keys in one statement. When that fails and the database is there,
// one of the values may be the reason: then each key is read alone, so that the
// error reaches nobody else.
func (s *statement[K, V]) send(fetch Fetch[K, V]) {
	values, err := fetch(context.Background(), s.keys)
	s.values = values
	if err == nil {
		return
	}
	s.values, s.errs = make(map[K]V), make(map[K]error)
	for _, key := range s.keys {
		if len(s.keys) > 1 && apperr.CodeOf(err) != apperr.Unavailable {
			values, s.errs[key] = fetch(context.Background(), []K{key})
			maps.Copy(s.values, values)
		} else {
			s.errs[key] = err
		}
	}
}

// take ends the gathering of a statement, or the runner when there is none.
func (l *Loader[K, V]) take() *statement[K, V] {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.gathered
	l.gathered = nil
	if s == nil {
		l.running--
	} else if s.overdue != nil {
		s.overdue.Stop()
	}
	return s
}

// guarded turns a panic, which would end the process here, into an error.
func (l *Loader[K, V]) guarded(ctx context.Context, keys []K) (values map[K]V, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			values, err = nil, fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())
		}
	}()
	return l.fetch(ctx, keys)
}
