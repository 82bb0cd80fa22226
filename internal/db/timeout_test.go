package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testfault"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestAClientThatDisconnectsDuringAStatementCostsNoConnection(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	pool := testdb.Open(t, d.URL)
	q := testdb.WithLongTimeouts(pool).Queries()
	for name, do := range map[string]func(ctx context.Context) error{
		"a row":     func(ctx context.Context) error { _, err := q.CompanyByID(ctx, uuid.New()); return err },
		"rows":      func(ctx context.Context) error { _, err := q.CompanySettings(ctx, []uuid.UUID{uuid.New()}); return err },
		"no answer": func(ctx context.Context) error { return q.CompanyCreate(ctx, newCompany(uuid.NewString())) },
	} {
		_ = do(t.Context()) // prepares the statement
		lockCompanies(t, d.Pool)
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error, 1)
		go func() { result <- do(ctx) }()
		awaitWaiter(t, d.Pool)
		cancel()
		exec(t, d.Pool, releaseHolder)
		if err := <-result; err != nil && !errors.Is(err, db.ErrNotFound) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	keptOne(t, pool)
}

func TestTheDeadlineOfAClientThatDisconnectsDoesNotStay(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	pool := testdb.Open(t, d.URL)
	timeouts := testdb.LongTimeouts
	timeouts.Query = 3 * time.Second
	q := db.New(pool, timeouts).Queries()
	read := func(ctx context.Context) error { _, err := q.CompanyByID(ctx, uuid.New()); return err }
	_ = read(t.Context()) // prepares the statement
	lockCompanies(t, d.Pool)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- read(ctx) }()
	awaitWaiter(t, d.Pool)
	cancel()
	exec(t, d.Pool, releaseHolder)
	<-result
	time.Sleep(timeouts.Query) // the deadline passes
	if err := read(t.Context()); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("the next statement: %v", err)
	}
	keptOne(t, pool)
}

func TestAClientThatDisconnectsFromASilentDatabaseIsNoFaultAndEndsInTime(t *testing.T) {
	t.Parallel()
	proxy := testfault.NewProxy(t, testdb.New(t, testdb.Own).URL)
	pool := open(t, proxy.URL)
	testtime.Within(t, "a statement", soon, func() time.Duration {
		connect(t, pool)
		proxy.Freeze()
		defer proxy.Thaw()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Millisecond, cancel)
		return testtime.Elapsed(func() {
			if err := db.New(pool, db.DefaultTimeouts).Ping(ctx); !errors.Is(err, context.Canceled) || isUnavailable(err) {
				t.Errorf("got %v", err)
			}
		})
	})
	nothingHeld(t, pool)
}

func TestACommandThatIsStoppedDoesNotWaitForItsStatement(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	command := testdb.WithLongTimeouts(testdb.Open(t, d.URL))
	lockCompanies(t, d.Pool)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		result <- command.InLongTx(ctx, func(q *sqlc.Queries) error {
			_, err := q.CompanyByID(ctx, uuid.New())
			return err
		})
	}()
	awaitWaiter(t, d.Pool)
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) { // the lock is still held
		t.Errorf("got %v", err)
	}
}
