package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/db"
)

// loaderFixture is a loader with a database that records its statements. Each takes
// the configured time.
type loaderFixture struct {
	*db.Loader[int, string]
	mu         sync.Mutex
	statements [][]int
	duration   time.Duration
	read       func(key int) (string, error)
}

// testLoader runs a test with a loader in a bubble. By default a statement takes a
// millisecond and every key has a value.
func testLoader(t *testing.T, test func(t *testing.T, f *loaderFixture)) {
	synctest.Test(t, func(t *testing.T) {
		f := &loaderFixture{duration: time.Millisecond, read: text}
		f.Loader = db.NewLoader(f.fetch)
		test(t, f)
	})
}

func text(key int) (string, error) { return fmt.Sprint("value ", key), nil }

func (f *loaderFixture) fetch(_ context.Context, keys []int) (map[int]string, error) {
	f.mu.Lock()
	f.statements = append(f.statements, slices.Sorted(slices.Values(keys)))
	duration, read := f.duration, f.read
	f.mu.Unlock()
	time.Sleep(duration)
	values := make(map[int]string, len(keys))
	for _, key := range keys {
		value, err := read(key)
		if err != nil {
			return nil, err
		}
		values[key] = value
	}
	return values, nil
}

// load loads keys concurrently, until all wait. The returned function waits for the
// statements and compares the results.
func (f *loaderFixture) load(keys ...int) (want func(t *testing.T, results map[int]string)) {
	var got sync.Map
	for _, key := range keys {
		go func() {
			value, found, err := f.Load(context.Background(), key)
			got.Store(key, fmt.Sprint(value, " ", found, " ", err))
		}()
	}
	synctest.Wait()
	return func(t *testing.T, results map[int]string) {
		t.Helper()
		time.Sleep(time.Second)
		for key, want := range results {
			if value, _ := got.Load(key); value != want {
				t.Errorf("key %d: %v, want %s", key, value, want)
			}
		}
	}
}

func (f *loaderFixture) wantStatements(t *testing.T, want ...[]int) {
	t.Helper()
	synctest.Wait()
	if !slices.EqualFunc(f.statements, want, slices.Equal) {
		t.Errorf("statements %v, want %v", f.statements, want)
	}
}

func TestSingleReadIsSentImmediatelyAndNotCached(t *testing.T) {
	testLoader(t, func(t *testing.T, f *loaderFixture) {
		start := time.Now()
		for range 2 {
			if value, found, err := f.Load(t.Context(), 1); value != "value 1" || !found || err != nil {
				t.Errorf("%q, %t, %v", value, found, err)
			}
		}
		if took := time.Since(start); took != 2*time.Millisecond {
			t.Errorf("took %v", took)
		}
		f.wantStatements(t, []int{1}, []int{1})
	})
}

func TestOnlyValuesOfRequestedKeysAreAccepted(t *testing.T) {
	for _, c := range []struct {
		rows  map[int]string
		found bool
		fails bool
	}{
		{map[int]string{}, false, false},
		{map[int]string{1: "own"}, true, false},
		{map[int]string{1: "own", 2: "foreign"}, false, true},
	} {
		l := db.NewLoader(func(context.Context, []int) (map[int]string, error) { return c.rows, nil })
		if value, found, err := l.Load(t.Context(), 1); found != c.found || (err != nil) != c.fails {
			t.Errorf("%v: got %q, %t, %v", c.rows, value, found, err)
		}
	}
}

func TestReadsThatWaitShareABatch(t *testing.T) {
	testLoader(t, func(t *testing.T, f *loaderFixture) {
		f.load(1) // a statement runs
		want := f.load(3, 4, 5, 4)
		want(t, map[int]string{3: "value 3 true <nil>", 4: "value 4 true <nil>", 5: "value 5 true <nil>"})
		f.wantStatements(t, []int{1}, []int{3, 4, 4, 5})
	})
}

func TestReadNeverGetsTheResultOfAnEarlierBatch(t *testing.T) {
	var stored atomic.Int64 // the value in the database, which only grows
	l := db.NewLoader(func(_ context.Context, keys []int) (map[int]int64, error) {
		seen := stored.Load()
		time.Sleep(50 * time.Microsecond) // network latency
		values := make(map[int]int64, len(keys))
		for _, key := range keys {
			values[key] = seen
		}
		return values, nil
	})
	var readers sync.WaitGroup
	for reader := range 32 {
		readers.Go(func() {
			for range 300 {
				committed := stored.Add(1)
				if got, _, err := l.Load(t.Context(), reader%4); err != nil || got < committed {
					t.Errorf("got %d (%v) after %d was committed", got, err, committed)
				}
			}
		})
	}
	readers.Wait()
}

func TestCancelledReadDoesNotAffectItsBatch(t *testing.T) {
	testLoader(t, func(t *testing.T, f *loaderFixture) {
		f.load(1)
		ctx, cancel := context.WithCancel(t.Context())
		cancelled := make(chan error, 1)
		go func() {
			_, _, err := f.Load(ctx, 3)
			cancelled <- err
		}()
		want := f.load(4)
		cancel()
		start := time.Now()
		if err := <-cancelled; !errors.Is(err, context.Canceled) || time.Since(start) != 0 {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		want(t, map[int]string{4: "value 4 true <nil>"})
	})
}

func TestStalledBatchesDoNotDelayOtherReads(t *testing.T) {
	testLoader(t, func(t *testing.T, f *loaderFixture) {
		f.duration = time.Minute
		for key := range 3 {
			f.load(key)
			time.Sleep(3 * time.Millisecond)
		}
		f.wantStatements(t, []int{0}, []int{1}, []int{2}) // all of them run
		f.duration = time.Millisecond
		start := time.Now()
		if _, _, err := f.Load(t.Context(), 3); err != nil || time.Since(start) != 3*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		time.Sleep(2 * time.Minute)
	})
}

func TestUnreadableValueFailsOnlyItsOwnReads(t *testing.T) {
	testLoader(t, func(t *testing.T, f *loaderFixture) {
		f.read = func(key int) (string, error) {
			switch key {
			case 4:
				return "", errors.New("unreadable")
			case 5:
				panic("a bug")
			}
			return text(key)
		}
		f.load(1)
		f.load(3, 4, 5, 6)(t, map[int]string{3: "value 3 true <nil>", 4: " false unreadable", 6: "value 6 true <nil>"})
		if _, _, err := f.Load(t.Context(), 5); err == nil {
			t.Error("the panic is not returned as an error")
		}
	})
}

func TestUnavailableDatabaseGetsNoRetriesOfABatch(t *testing.T) {
	testLoader(t, func(t *testing.T, f *loaderFixture) {
		unavailable := apperr.New(apperr.Unavailable, apperr.DatabaseUnavailable)
		f.read = func(int) (string, error) { return "", unavailable }
		f.load(1)
		f.load(3, 4)(t, map[int]string{3: " false " + unavailable.Error(), 4: " false " + unavailable.Error()})
		f.wantStatements(t, []int{1}, []int{3, 4})
		f.read = text
		if value, _, err := f.Load(t.Context(), 3); err != nil || value != "value 3" {
			t.Errorf("when it is available: %q, %v", value, err)
		}
	})
}
