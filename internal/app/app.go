// Package app assembles the service. The server, the maintenance commands and the
// tests use it.
package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

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
	"github.com/stay-sidekick/profile-server/internal/connection"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/internal/web"
	"github.com/stay-sidekick/profile-server/playground"
	"github.com/stay-sidekick/profile-server/rest"
)

// App is the service on one database, without listeners.
type App struct {
	Config    *config.Config
	DB        *db.DB
	Keys      *keyring.Ring
	Accounts  *account.Service
	Companies *company.Service
	// Connections asks the providers about API keys. The stop function of Start waits for
	// it; a caller without Start closes it.
	Connections *connection.Checker
	Metrics     *web.Metrics

	throttle *throttle.Throttle
	refusals *audit.Refusals
	log      *slog.Logger
	now      func() time.Time
}

// Options are the dependencies that tests replace. Log is required.
type Options struct {
	Log *slog.Logger
	// HashCost is the bcrypt cost, 0 for the cost that both services use.
	HashCost int
	// RefusalDelay is the delay before a password that was not checked is refused, 0
	// for a second.
	RefusalDelay time.Duration
	// Timeouts are the timeouts of the database, zero for db.DefaultTimeouts.
	Timeouts db.Timeouts
	// Now is the clock, nil for time.Now.
	Now func() time.Time
}

// New returns an App that uses a pool, which the caller closes. JWTKey and FernetKey
// of cfg must be set.
func New(cfg *config.Config, pool *pgxpool.Pool, o Options) (*App, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.RefusalDelay = cmp.Or(o.RefusalDelay, time.Second)
	o.Timeouts = cmp.Or(o.Timeouts, db.DefaultTimeouts)
	hasher, err := auth.NewHasher(o.HashCost)
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
	a.refusals = audit.NewRefusals(a.DB, audit.RefusalWindow)
	a.Accounts = account.New(account.Config{
		DB: a.DB, Hasher: hasher, Signer: signer, Throttle: a.throttle, Refusals: a.refusals, CountSignIn: a.Metrics.CountSignIn,
		RefusalDelay: o.RefusalDelay, Now: o.Now,
	})
	a.Connections = connection.New(connection.Config{
		Off: !cfg.ConnectionChecks, URLs: cfg.ProviderURLs, Now: o.Now, Observe: a.Metrics.CountConnectionCheck, Log: a.log,
	})
	a.Companies = company.New(a.DB, a.Keys, a.Connections, o.Now)
	return a, nil
}

// Handler returns the public HTTP handler.
func (a *App) Handler(sdl string, demo []playground.Account) (http.Handler, error) {
	executor := graph.NewExecutor(
		&graph.Resolver{Accounts: a.Accounts, Companies: a.Companies, Now: a.now},
		graph.ExecutorConfig{Introspection: a.Config.Introspection, Log: a.log, CountError: a.Metrics.CountError})
	legacy, err := rest.New(executor, a.Accounts.RequireAdmin, graph.Schema())
	if err != nil {
		return nil, fmt.Errorf("REST routes: %w", err)
	}
	c := web.Config{
		GraphQL:           transport.New(executor),
		REST:              legacy,
		Authenticate:      a.Accounts.Authenticate,
		Ping:              a.DB.Ping,
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

// FlushTimeout limits the time that the stop function of Start waits for the
// database and for requests to providers.
const FlushTimeout = 300 * time.Millisecond

// Start starts the background work. stop ends it, writes pending entries of the audit
// log and waits for requests to providers; call it after the last request and before
// the pool is closed.
func (a *App) Start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { a.throttle.PruneRegularly(ctx, throttle.PruneInterval) })
	work.Go(weakpassword.Load) // before the first request needs it
	return func() {
		cancel()
		work.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), FlushTimeout)
		defer cancel()
		flushed, closed := make(chan error, 1), make(chan error, 1)
		go func() { flushed <- a.refusals.Flush(ctx) }()
		go func() { a.Connections.Close(); closed <- nil }()
		if err := await(ctx, flushed); err != nil {
			a.log.Warn("refused accesses that were counted are not in the audit log", "error", err)
		}
		if err := await(ctx, closed); err != nil {
			a.log.Warn("requests to providers were cut off, so a token of Hostaway may not be deleted")
		}
	}
}

// await returns the result, or the error of ctx when ctx ends first. The driver may take
// longer to cancel.
func await(ctx context.Context, result <-chan error) error {
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Connect opens a pool and waits up to 30 seconds until the database is available.
// The caller closes the pool.
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
