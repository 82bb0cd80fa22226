// Package app puts the parts together: what the server, the maintenance
// commands and the tests all start from.
package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/graph/transport"
	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/account/throttle"
	"github.com/stay-sidekick/profile-server/internal/account/weakpassword"
	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/company"
	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/internal/web"
	"github.com/stay-sidekick/profile-server/playground"
	"github.com/stay-sidekick/profile-server/rest"
)

// App is the service without its network: everything that works on one
// database.
type App struct {
	Config    *config.Config
	DB        *db.DB
	Keys      *keyring.Ring
	Accounts  *account.Service
	Companies *company.Service
	Metrics   *web.Metrics

	throttle *throttle.Throttle
	refusals *audit.Refusals
	log      *slog.Logger
	now      func() time.Time
}

// Options are what tests replace.
type Options struct {
	Log *slog.Logger
	// HashCost is the bcrypt cost, 0 for that of both services.
	HashCost int
	// RefusalDelay is how long the refusal of a password that was not tried waits, 0 for a
	// second.
	RefusalDelay time.Duration
	// RefusalWindow is how long refused accesses of a user to a field are counted
	// after the first one, 0 for a minute.
	RefusalWindow time.Duration
	// Timeouts are those of the database, zero for db.DefaultTimeouts.
	Timeouts db.Timeouts
	// Now is the clock, nil for the machine's.
	Now func() time.Time
}

// New makes an App on a pool that the caller closes. Both keys of the
// configuration must be set.
func New(cfg *config.Config, pool *pgxpool.Pool, o Options) (*App, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.RefusalDelay == 0 {
		o.RefusalDelay = time.Second
	}
	if o.RefusalWindow == 0 {
		o.RefusalWindow = time.Minute
	}
	if o.Timeouts == (db.Timeouts{}) {
		o.Timeouts = db.DefaultTimeouts
	}
	hasher, err := auth.NewHasher(auth.HasherConfig{Cost: o.HashCost})
	if err != nil {
		return nil, err
	}
	signer, err := auth.NewSigner(auth.SignerConfig{Key: cfg.JWTKey, OldKeys: cfg.JWTOldKeys, Lifetime: cfg.TokenLife, Now: o.Now})
	if err != nil {
		return nil, err
	}
	a := &App{Config: cfg, DB: db.New(pool, o.Timeouts), Keys: keyring.NewRing(*cfg.FernetKey, cfg.FernetOldKeys...), log: web.LogRequestID(o.Log), now: o.Now}
	a.Metrics = web.NewMetrics(pool)
	a.throttle = throttle.New(a.DB, o.Now)
	a.refusals = audit.NewRefusals(a.DB, o.RefusalWindow)
	a.Accounts = account.New(account.Config{
		DB: a.DB, Hasher: hasher, Signer: signer, Throttle: a.throttle, Refusals: a.refusals, CountSignIn: a.Metrics.CountSignIn,
		RefusalDelay: o.RefusalDelay, Now: o.Now,
	})
	a.Companies = company.New(a.DB, a.Keys)
	return a, nil
}

// Handler is the public HTTP handler.
func (a *App) Handler(sdl string, demo []playground.Account) (http.Handler, error) {
	executor := graph.NewExecutor(
		&graph.Resolver{Accounts: a.Accounts, Companies: a.Companies, Now: a.now},
		graph.ExecutorConfig{Introspection: a.Config.Introspection, Log: a.log, CountError: a.Metrics.CountError})
	legacy, err := rest.New(executor, a.Accounts, graph.Schema())
	if err != nil {
		return nil, fmt.Errorf("REST routes: %w", err)
	}
	c := web.Config{
		GraphQL:           transport.New(executor),
		REST:              func(r chi.Router) { legacy.Mount(r) },
		Authenticator:     a.Accounts,
		Database:          a.DB,
		Metrics:           a.Metrics,
		AllowedOrigins:    a.Config.AllowedOrigins,
		TrustedProxies:    a.Config.TrustedProxies,
		LoopbackHostsOnly: a.Config.Development(),
		Log:               a.log,
	}
	if a.Config.Introspection {
		c.SDL = sdl
	}
	if a.Config.Playground {
		c.Playground = playground.Handler(playground.Options{
			Endpoint: "/graphql", Introspection: a.Config.Introspection, Accounts: demo,
		}, web.NotFound)
	}
	return web.NewHandler(c)
}

// FlushTimeout is how long stop of Start waits for the database.
const FlushTimeout = 300 * time.Millisecond

// Start begins the work beside the requests. stop ends it and writes pending
// entries of the audit log; call it after the last request, before the pool is
// closed.
func (a *App) Start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { a.throttle.PruneRegularly(ctx, throttle.PruneInterval) })
	work.Go(weakpassword.Load) // no user waits for it
	return func() {
		cancel()
		work.Wait()
		if err := a.flushRefusals(); err != nil {
			a.log.Warn("refused accesses that were counted are not in the audit log", "error", err)
		}
	}
}

// flushRefusals does not depend on how soon the driver gives up.
func (a *App) flushRefusals() error {
	ctx, cancel := context.WithTimeout(context.Background(), FlushTimeout)
	defer cancel()
	flushed := make(chan error, 1)
	go func() { flushed <- a.refusals.Flush(ctx) }()
	select {
	case err := <-flushed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Connect opens a pool, waiting up to 30 seconds for the database if need be.
// The caller closes it.
func Connect(ctx context.Context, url string, log *slog.Logger) (*pgxpool.Pool, error) {
	pool, err := db.NewPool(ctx, url)
	if err != nil {
		return nil, err
	}
	if err := awaitDatabase(ctx, pool, databaseTimeout, log); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}
