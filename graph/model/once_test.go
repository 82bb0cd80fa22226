package model_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stay-sidekick/profile-server/graph/model"
)

func TestConcurrentCallsShareOneRead(t *testing.T) {
	t.Parallel()
	failure := errors.New("no")
	var once model.Once[int]
	var reads atomic.Int32
	var fields sync.WaitGroup
	for range 8 {
		fields.Go(func() {
			value, err := once.Get(func() (int, error) { reads.Add(1); return 7, failure })
			if value != 7 || err != failure {
				t.Errorf("got %d, %v", value, err)
			}
		})
	}
	fields.Wait()
	if got := reads.Load(); got != 1 {
		t.Errorf("%d reads", got)
	}
}

func TestPanicOfTheReadIsAnErrorForLaterCalls(t *testing.T) {
	t.Parallel()
	var once model.Once[int]
	func() {
		defer func() { _ = recover() }()
		_, _ = once.Get(func() (int, error) { panic("oh") })
	}()
	if _, err := once.Get(func() (int, error) { return 7, nil }); err == nil {
		t.Error("no error")
	}
}
