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

// fakeDatabase records its statements. Each takes the configured time.
type fakeDatabase struct {
	mu         sync.Mutex
	statements [][]int
	duration   time.Duration
	read       func(key int) (string, error)
}

func (d *fakeDatabase) fetch(_ context.Context, keys []int) (map[int]string, error) {
	d.mu.Lock()
	d.statements = append(d.statements, slices.Sorted(slices.Values(keys)))
	duration, read := d.duration, d.read
	d.mu.Unlock()
	time.Sleep(duration)
	values := make(map[int]string, len(keys))
	for _, key := range keys {
		value, err := read(key)
		if err != nil {
			return nil, err
		}
		if value != "" {
			values[key] = value
		}
	}
	return values, nil
}

// set changes the behaviour of later statements.
func (d *fakeDatabase) set(duration time.Duration, read func(key int) (string, error)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.duration, d.read = duration, read
}

func text(key int) (string, error) { return fmt.Sprint("value ", key), nil }

// load loads keys concurrently. The returned map receives the results.
func load(l *db.Loader[int, string], keys ...int) *sync.Map {
	var got sync.Map
	for _, key := range keys {
		go func() {
			value, found, err := l.Load(context.Background(), key)
			got.Store(key, fmt.Sprint(value, " ", found, " ", err))
		}()
	}
	return &got
}

func wantResult(t *testing.T, got *sync.Map, key int, want string) {
	t.Helper()
	if value, _ := got.Load(key); value != want {
		t.Errorf("key %d: %v, want %s", key, value, want)
	}
}

func (d *fakeDatabase) wantStatements(t *testing.T, want ...[]int) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.EqualFunc(d.statements, want, slices.Equal) {
		t.Errorf("statements %v, want %v", d.statements, want)
	}
}

func TestSingleReadIsSentImmediately(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeDatabase{duration: time.Millisecond, read: text}
		l := db.NewLoader(s.fetch)
		start := time.Now()
		got := load(l, 1)
		time.Sleep(time.Second)
		s.wantStatements(t, []int{1})
		wantResult(t, got, 1, "value 1 true <nil>")
		if _, _, err := l.Load(t.Context(), 1); err != nil || time.Since(start) != time.Second+time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		s.wantStatements(t, []int{1}, []int{1}) // nothing is cached
	})
}

func TestRowOfAnotherKeyFailsTheRead(t *testing.T) {
	l := db.NewLoader(func(context.Context, []int) (map[int]string, error) {
		return map[int]string{1: "own", 2: "foreign"}, nil
	})
	if value, found, err := l.Load(t.Context(), 1); err == nil || found {
		t.Errorf("got %q, %t, want an error", value, found)
	}
}

func TestReadsThatWaitShareABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeDatabase{duration: time.Millisecond, read: text}
		l := db.NewLoader(s.fetch)
		load(l, 1)
		synctest.Wait() // a statement runs
		got := load(l, 3, 4, 5, 4)
		time.Sleep(time.Second)
		s.wantStatements(t, []int{1}, []int{3, 4, 4, 5})
		for key := 3; key <= 5; key++ {
			wantResult(t, got, key, fmt.Sprintf("value %d true <nil>", key))
		}
	})
}

func TestKeyWithoutAValueIsNotFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeDatabase{read: func(int) (string, error) { return "", nil }}
		if value, found, err := db.NewLoader(s.fetch).Load(t.Context(), 1); value != "" || found || err != nil {
			t.Errorf("%q, %v, %v", value, found, err)
		}
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
	synctest.Test(t, func(t *testing.T) {
		s := &fakeDatabase{duration: time.Millisecond, read: text}
		l := db.NewLoader(s.fetch)
		load(l, 1)
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancelled := make(chan error, 1)
		go func() {
			_, _, err := l.Load(ctx, 3)
			cancelled <- err
		}()
		got := load(l, 4)
		synctest.Wait()
		cancel()
		start := time.Now()
		if err := <-cancelled; !errors.Is(err, context.Canceled) || time.Since(start) != 0 {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		time.Sleep(time.Second)
		wantResult(t, got, 4, "value 4 true <nil>")
	})
}

func TestSlowDatabaseGetsConcurrentBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeDatabase{duration: 50 * time.Millisecond, read: text}
		l := db.NewLoader(s.fetch)
		start := time.Now()
		var readers sync.WaitGroup
		for reader := range 20 { // one per millisecond
			readers.Go(func() {
				time.Sleep(time.Duration(reader) * time.Millisecond)
				arrived := time.Now()
				if _, _, err := l.Load(t.Context(), reader); err != nil || time.Since(arrived) > 52*time.Millisecond {
					t.Errorf("reader %d: %v after %v", reader, err, time.Since(arrived))
				}
			})
		}
		readers.Wait()
		if took := time.Since(start); took > 71*time.Millisecond {
			t.Errorf("all took %v", took)
		}
	})
}

func TestStalledBatchDoesNotDelayOtherReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeDatabase{duration: time.Minute, read: text}
		l := db.NewLoader(s.fetch)
		load(l, 1)
		synctest.Wait() // it stalls
		s.set(time.Millisecond, text)
		start := time.Now()
		if _, _, err := l.Load(t.Context(), 3); err != nil || time.Since(start) != 3*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		time.Sleep(2 * time.Minute)
	})
}

var errValue = errors.New("a value that cannot be read")

func TestUnreadableValueFailsOnlyItsOwnReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeDatabase{duration: time.Millisecond, read: func(key int) (string, error) {
			switch key {
			case 4:
				return "", errValue
			case 5:
				panic("a bug")
			}
			return text(key)
		}}
		l := db.NewLoader(s.fetch)
		load(l, 1)
		synctest.Wait()
		got := load(l, 3, 4, 5, 6)
		time.Sleep(time.Second)
		wantResult(t, got, 3, "value 3 true <nil>")
		wantResult(t, got, 4, " false "+errValue.Error())
		wantResult(t, got, 6, "value 6 true <nil>")
		if _, _, err := l.Load(t.Context(), 5); err == nil {
			t.Error("the panic is not returned as an error")
		}
	})
}

func TestUnavailableDatabaseGetsNoRetriesOfABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		unavailable := apperr.New(apperr.Unavailable, apperr.DatabaseUnavailable)
		s := &fakeDatabase{duration: time.Millisecond, read: func(int) (string, error) { return "", unavailable }}
		l := db.NewLoader(s.fetch)
		load(l, 1)
		synctest.Wait()
		got := load(l, 3, 4)
		time.Sleep(time.Second)
		s.wantStatements(t, []int{1}, []int{3, 4})
		wantResult(t, got, 3, " false "+unavailable.Error())
		wantResult(t, got, 4, " false "+unavailable.Error())
		s.set(time.Millisecond, text)
		if value, _, err := l.Load(t.Context(), 3); err != nil || value != "value 3" {
			t.Errorf("when it is available: %q, %v", value, err)
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	l := db.NewLoader(func(_ context.Context, keys []int) (map[int]int, error) {
		values := make(map[int]int, len(keys))
		for _, key := range keys {
			values[key] = key
		}
		return values, nil
	})
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, _, err := l.Load(context.Background(), 1); err != nil {
				b.Error(err)
			}
		}
	})
}
