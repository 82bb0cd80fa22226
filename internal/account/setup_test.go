package account_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/account/throttle"
	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// jwtKey is for tests only.
const jwtKey = "test-key-test-key-test-key-test-key"

// refusalDelay is long enough to be told from the time that a database takes.
const refusalDelay = 200 * time.Millisecond

// fixture is a service whose work is written down.
type fixture struct {
	*account.Service
	pool    *pgxpool.Pool
	work    *[]string // names of statements, and comparisons of hashes
	results *[]account.SignInResult
	// compared happens when a password has been compared, and may fail for it.
	compared *func() error
	// requesters are those for whom passwords were compared and hashed.
	requesters *[]auth.Requester
	// hashing happens when a password is about to be compared or hashed.
	hashing *func()
	// running happens before a statement, which it gets the name of.
	running *func(statement string)
	// answered happens after a statement, which it gets the name of.
	answered *func(statement string)
}

func setup(t *testing.T, now func() time.Time) fixture {
	t.Helper()
	f := fixture{work: &[]string{}, results: &[]account.SignInResult{}, requesters: &[]auth.Requester{},
		compared: new(func() error { return nil }), hashing: new(func() {}), running: new(func(string) {}), answered: new(func(string) {})}
	cfg, err := pgxpool.ParseConfig(testdb.New(t, testdb.Own).URL)
	if err != nil {
		t.Fatal(err)
	}
	mu := &sync.Mutex{} // of the work and the requesters
	cfg.ConnConfig.Tracer = statements{mu, f.work, f.running, f.answered}
	if f.pool, err = pgxpool.NewWithConfig(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.pool.Close)
	hasher, err := auth.NewHasher(auth.HasherConfig{Cost: 4})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := auth.NewSigner(auth.SignerConfig{Key: []byte(jwtKey), Life: time.Hour, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	database := testdb.WithLongTimeouts(f.pool)
	f.Service = account.New(account.Config{
		DB: database, Hasher: comparisons{hasher, mu, f.work, f.requesters, f.hashing, f.compared}, Signer: signer, Throttle: throttle.New(database, now), Now: now,
		Refusals:     audit.NewRefusals(database, time.Hour),
		CountSignIn:  func(result account.SignInResult) { *f.results = append(*f.results, result) },
		RefusalDelay: refusalDelay,
	})
	return f
}

// statements writes down the names of the statements that run.
type statements struct {
	mu       *sync.Mutex
	work     *[]string
	running  *func(string)
	answered *func(string)
}

func (s statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	s.write(q.SQL)
	return context.WithValue(ctx, statementKey{}, nameOf(q.SQL))
}

type statementKey struct{}

func (s statements) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	(*s.answered)(ctx.Value(statementKey{}).(string))
}

func (s statements) write(sql string) {
	first := nameOf(sql)
	s.mu.Lock()
	*s.work = append(*s.work, first)
	s.mu.Unlock()
	(*s.running)(first)
}

// nameOf is a statement's first line.
func nameOf(sql string) string {
	first, _, _ := strings.Cut(sql, "\n")
	return first
}

// comparisons writes down that a hash is compared.
type comparisons struct {
	account.Hasher
	mu         *sync.Mutex
	work       *[]string
	requesters *[]auth.Requester
	before     *func()
	then       *func() error
}

func (c comparisons) Hash(ctx context.Context, r auth.Requester, password string) (string, error) {
	c.mu.Lock()
	*c.requesters = append(*c.requesters, r)
	c.mu.Unlock()
	(*c.before)()
	return c.Hasher.Hash(ctx, r, password)
}

func (c comparisons) Matches(ctx context.Context, r auth.Requester, hash, password string) (bool, error) {
	c.mu.Lock()
	*c.work = append(*c.work, "compare")
	*c.requesters = append(*c.requesters, r)
	c.mu.Unlock()
	(*c.before)()
	matches, err := c.Hasher.Matches(ctx, r, hash, password)
	return matches, errors.Join(err, (*c.then)())
}

// calledBy returns the context of a request that the principal makes.
func calledBy(ctx context.Context, p *auth.Principal) context.Context {
	return auth.WithCaller(ctx, func() (*auth.Principal, error) { return p, nil })
}
