package model

import (
	"errors"
	"sync"
)

// Once is a value that several fields of an object share. The first field that is
// resolved reads it. It is safe for concurrent use, as gqlgen resolves fields
// concurrently.
type Once[T any] struct {
	once  sync.Once
	value T
	err   error
}

// Get calls read once and returns its results at every call. If read panics, later
// calls return an error.
func (o *Once[T]) Get(read func() (T, error)) (T, error) {
	o.once.Do(func() {
		o.err = errPanicked // unless read returns
		o.value, o.err = read()
	})
	return o.value, o.err
}

var errPanicked = errors.New("the read for another field panicked")
