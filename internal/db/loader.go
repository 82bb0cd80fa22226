package db

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// maxWait limits how long a pending batch waits for the running one. After that
// it runs concurrently: with a high round-trip time several batches share the
// latency, and a stalled connection does not delay other reads.
const maxWait = 2 * time.Millisecond

// Fetch reads the values of keys, which may contain duplicates, in one statement.
// It omits keys that have no value. Its context belongs to no request, so Fetch
// sets its own timeout. It must be safe for concurrent use.
type Fetch[K comparable, V any] func(ctx context.Context, keys []K) (map[K]V, error)

// Loader batches reads of one kind that arrive at the same time into one
// statement, so that a busy server needs one round trip for many requests. A read
// joins only a batch that has not been sent, so its result is never older than the
// read. Nothing is cached. docs/architecture.md has the details, under "Batched
// reads". A Loader is safe for concurrent use.
type Loader[K comparable, V any] struct {
	fetch Fetch[K, V]

	mu      sync.Mutex
	workers int
	pending *batch[K, V] // not sent yet; nil when no read waits
}

// batch is one call of Fetch. Its results may be read when done is closed.
type batch[K comparable, V any] struct {
	keys   []K
	done   chan struct{}
	values map[K]V
	errs   map[K]error // nil when no key failed
	// timer starts another worker after maxWait. It is nil when a worker was
	// started for the batch.
	timer *time.Timer
}

// NewLoader returns a Loader that reads with fetch.
func NewLoader[K comparable, V any](fetch Fetch[K, V]) *Loader[K, V] {
	return &Loader[K, V]{fetch: fetch}
}

// Load returns the value of a key; found is false when it has none. It fails with
// the error of its batch, or with that of ctx. A cancelled read does not affect the
// other reads of the batch.
func (l *Loader[K, V]) Load(ctx context.Context, key K) (value V, found bool, err error) {
	b := l.join(key)
	select {
	case <-b.done:
		value, found = b.values[key]
		return value, found, b.errs[key]
	case <-ctx.Done():
		return value, false, ctx.Err()
	}
}

// join adds a key to the pending batch, which it creates when there is none.
func (l *Loader[K, V]) join(key K) *batch[K, V] {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.pending
	if b == nil {
		b = &batch[K, V]{done: make(chan struct{})}
		l.pending = b
		l.schedule(b)
	}
	b.keys = append(b.keys, key)
	return b
}

// schedule starts a worker for the batch when none runs. Otherwise a running worker
// takes the batch, or a new one does after maxWait.
func (l *Loader[K, V]) schedule(b *batch[K, V]) {
	if l.workers == 0 {
		l.startWorker()
		return
	}
	b.timer = time.AfterFunc(maxWait, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.pending == b {
			l.startWorker()
		}
	})
}

func (l *Loader[K, V]) startWorker() {
	l.workers++
	go l.work()
}

// work runs pending batches until there is none.
func (l *Loader[K, V]) work() {
	for b := l.next(); b != nil; b = l.next() {
		b.run(l.safeFetch)
		close(b.done)
	}
}

// next returns the pending batch and closes it for further reads. When there is
// none, it ends the worker and returns nil. It lets ready goroutines run first,
// because some of them are about to join: an idle server loses no time by that, and
// a busy one sends half as many statements.
func (l *Loader[K, V]) next() *batch[K, V] {
	runtime.Gosched()
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.pending
	l.pending = nil
	if b == nil {
		l.workers--
	} else if b.timer != nil {
		b.timer.Stop()
	}
	return b
}

// run reads all keys in one statement. When that fails although the database is
// available, the value of one key may be the cause: then run reads each key alone,
// so that the other reads succeed.
func (b *batch[K, V]) run(fetch Fetch[K, V]) {
	values, err := fetch(context.Background(), b.keys)
	b.values = values
	if err == nil {
		return
	}
	b.values, b.errs = make(map[K]V), make(map[K]error)
	for _, key := range b.keys {
		if len(b.keys) > 1 && apperr.CodeOf(err) != apperr.Unavailable {
			values, b.errs[key] = fetch(context.Background(), []K{key})
			maps.Copy(b.values, values)
		} else {
			b.errs[key] = err
		}
	}
}

// safeFetch calls fetch and returns a panic, which would end the process, as an
// error. It also fails when fetch returns the value of a key that it was not given: a
// statement without its condition must not read other companies.
func (l *Loader[K, V]) safeFetch(ctx context.Context, keys []K) (values map[K]V, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			values, err = nil, fmt.Errorf("panic: %v\n%s", panicked, debug.Stack())
		}
	}()
	values, err = l.fetch(ctx, keys)
	given := make(map[K]bool, len(keys))
	for _, key := range keys {
		given[key] = true
	}
	for key := range values {
		if !given[key] {
			return nil, errors.New("a batch of reads returned a row that no read asked for")
		}
	}
	return values, err
}
