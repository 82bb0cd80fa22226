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

// source stands for a database: it notes the statements and answers when told to.
type source struct {
	mu         sync.Mutex
	statements [][]int
	takes      time.Duration
	answer     func(key int) (string, error)
}

func (s *source) fetch(_ context.Context, keys []int) (map[int]string, error) {
	s.mu.Lock()
	s.statements = append(s.statements, slices.Sorted(slices.Values(keys)))
	takes, answer := s.takes, s.answer
	s.mu.Unlock()
	time.Sleep(takes)
	values := make(map[int]string, len(keys))
	for _, key := range keys {
		value, err := answer(key)
		if err != nil {
			return nil, err
		}
		if value != "" {
			values[key] = value
		}
	}
	return values, nil
}

// become changes how the source answers from now on.
func (s *source) become(takes time.Duration, answer func(key int) (string, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.takes, s.answer = takes, answer
}

func text(key int) (string, error) { return fmt.Sprint("value ", key), nil }

// load loads keys at the same time and returns what each got, after everything
// has come to rest.
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

func expect(t *testing.T, got *sync.Map, key int, want string) {
	t.Helper()
	if value, _ := got.Load(key); value != want {
		t.Errorf("key %d: %v, want %s", key, value, want)
	}
}

func (s *source) expect(t *testing.T, want ...[]int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.EqualFunc(s.statements, want, slices.Equal) {
		t.Errorf("statements %v, want %v", s.statements, want)
	}
}

func TestAReadOnItsOwnIsSentAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: time.Millisecond, answer: text}
		l := db.NewLoader(s.fetch)
		start := time.Now()
		got := load(l, 1)
		time.Sleep(time.Second)
		s.expect(t, []int{1})
		expect(t, got, 1, "value 1 true <nil>")
		if _, _, err := l.Load(t.Context(), 1); err != nil || time.Since(start) != time.Second+time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		s.expect(t, []int{1}, []int{1}) // nothing is kept
	})
}

func TestReadsThatWaitShareAStatement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: time.Millisecond, answer: text}
		l := db.NewLoader(s.fetch)
		load(l, 1)
		synctest.Wait() // a statement runs
		got := load(l, 3, 4, 5, 4)
		time.Sleep(time.Second)
		s.expect(t, []int{1}, []int{3, 4, 4, 5})
		for key := 3; key <= 5; key++ {
			expect(t, got, key, fmt.Sprintf("value %d true <nil>", key))
		}
	})
}

func TestAKeyWithoutAValueIsNotFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{answer: func(int) (string, error) { return "", nil }}
		if value, found, err := db.NewLoader(s.fetch).Load(t.Context(), 1); value != "" || found || err != nil {
			t.Errorf("%q, %v, %v", value, found, err)
		}
	})
}

func TestNoReadIsAnsweredByAStatementThatWasSentBeforeIt(t *testing.T) {
	var clock atomic.Int64 // what the database holds; it only grows
	l := db.NewLoader(func(_ context.Context, keys []int) (map[int]int64, error) {
		seen := clock.Load()
		time.Sleep(50 * time.Microsecond) // an answer travels
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
				committed := clock.Add(1)
				if got, _, err := l.Load(t.Context(), reader%4); err != nil || got < committed {
					t.Errorf("got %d (%v) after %d was committed", got, err, committed)
				}
			}
		})
	}
	readers.Wait()
}

func TestWhoGoesAwayHurtsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: time.Millisecond, answer: text}
		l := db.NewLoader(s.fetch)
		load(l, 1)
		synctest.Wait()
		ctx, leave := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() {
			_, _, err := l.Load(ctx, 3)
			left <- err
		}()
		got := load(l, 4)
		synctest.Wait()
		leave()
		start := time.Now()
		if err := <-left; !errors.Is(err, context.Canceled) || time.Since(start) != 0 {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		time.Sleep(time.Second)
		expect(t, got, 4, "value 4 true <nil>")
	})
}

func TestADatabaseThatIsFarAwayAnswersSeveralStatementsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: 50 * time.Millisecond, answer: text}
		l := db.NewLoader(s.fetch)
		start := time.Now()
		var readers sync.WaitGroup
		for reader := range 20 { // one each millisecond
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

func TestAStatementInTroubleHoldsUpNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: time.Minute, answer: text}
		l := db.NewLoader(s.fetch)
		load(l, 1)
		synctest.Wait() // and hangs
		s.become(time.Millisecond, text)
		start := time.Now()
		if _, _, err := l.Load(t.Context(), 3); err != nil || time.Since(start) != 3*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		time.Sleep(2 * time.Minute)
	})
}

var errValue = errors.New("a value that cannot be read")

func TestAValueThatCannotBeReadFailsItsOwnReadsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{takes: time.Millisecond, answer: func(key int) (string, error) {
			switch key {
			case 4:
				return "", errValue
			case 5:
				panic("a fault of ours")
			}
			return text(key)
		}}
		l := db.NewLoader(s.fetch)
		load(l, 1)
		synctest.Wait()
		got := load(l, 3, 4, 5, 6)
		time.Sleep(time.Second)
		expect(t, got, 3, "value 3 true <nil>")
		expect(t, got, 4, " false "+errValue.Error())
		expect(t, got, 6, "value 6 true <nil>")
		if _, _, err := l.Load(t.Context(), 5); err == nil {
			t.Error("the panic is no error")
		}
	})
}

func TestADatabaseThatIsAwayIsAskedOnceAStatement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := apperr.New(apperr.Unavailable, apperr.DatabaseUnavailable)
		s := &source{takes: time.Millisecond, answer: func(int) (string, error) { return "", away }}
		l := db.NewLoader(s.fetch)
		load(l, 1)
		synctest.Wait()
		got := load(l, 3, 4)
		time.Sleep(time.Second)
		s.expect(t, []int{1}, []int{3, 4})
		expect(t, got, 3, " false "+away.Error())
		expect(t, got, 4, " false "+away.Error())
		s.become(time.Millisecond, text)
		if value, _, err := l.Load(t.Context(), 3); err != nil || value != "value 3" {
			t.Errorf("when it is back: %q, %v", value, err)
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
