package model

import (
	"errors"
	"sync"
)

// Once holds what several fields of an object show and takes work to get: it is
// read when the first of them is resolved, and not at all without them. It is
// safe for concurrent use, as gqlgen resolves fields concurrently.
type Once[T any] struct {
	once  sync.Once
	value T
	err   error
}

// Get calls read at the first call, and returns its results at every call.
func (o *Once[T]) Get(read func() (T, error)) (T, error) {
	o.once.Do(func() {
		o.err = errPanicked // unless read returns
		o.value, o.err = read()
	})
	return o.value, o.err
}

var errPanicked = errors.New("the read for another field panicked")
