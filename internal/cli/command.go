// Package cli implements the command line: the server and its maintenance commands.
package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/devdb"
)

// CLI defines the commands for kong.
type CLI struct {
	Serve            Serve            `cmd:"" default:"withargs" help:"Run the server (the default)."`
	Migrate          Migrate          `cmd:"" help:"Bring the database up to date and exit."`
	Check            Check            `cmd:"" help:"Check the settings, the database and its columns, and that the stored ciphertexts are decryptable."`
	CreateCompany    CreateCompany    `cmd:"" help:"Create a company and its first administrator."`
	CreateUser       CreateUser       `cmd:"" help:"Create an account in a company."`
	ResetPassword    ResetPassword    `cmd:"" help:"Give an account a temporary password and revoke its tokens."`
	CheckConnections CheckConnections `cmd:"" help:"Ask the providers whether they accept the stored API keys."`
	RotateKeys       RotateKeys       `cmd:"" help:"Encrypt the stored ciphertexts again with FERNET_KEY, while the server runs."`
	PruneAudit       PruneAudit       `cmd:"" help:"Delete audit log entries older than AUDIT_RETENTION_DAYS, and refused sign-ins to unknown accounts older than 30 days."`
	GenKey           GenKey           `cmd:"" help:"Print a new FERNET_KEY and a new JWT_SECRET_KEY."`
	DeleteDemo       DeleteDemo       `cmd:"" help:"Delete the private database of development runs and its keys."`
	Health           Health           `cmd:"" help:"Check that the server on LISTEN_ADDR of this machine responds."`
	Version          Version          `cmd:"" help:"Print the commit of the build and its date."`
}

// Globals holds the environment of a command.
type Globals struct {
	Context context.Context
	Out     io.Writer
	Err     io.Writer
	Lookup  func(string) (string, bool)
	// SDL is the text of the GraphQL schema.
	SDL string
}

// session holds the settings and the database connection of a running command. Main
// opens and closes that of a command whose method Run has it as a parameter.
type session struct {
	cfg   *config.Config
	log   *slog.Logger
	lines *LogBuffer    // of log
	local *devdb.Server // nil with DATABASE_URL
	pool  *pgxpool.Pool
	app   *app.App
}

// open connects and brings the database up to date.
func open(g *Globals) (*session, error) {
	s, err := connect(g, devdb.Open)
	if err != nil {
		return nil, err
	}
	if err := s.migrate(g.Context); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// startLocal is devdb.Open or devdb.Reopen.
type startLocal func(context.Context, *config.Config, *slog.Logger) (*devdb.Server, error)

// connect reads the settings and connects to the database. In a development run
// it starts the private database with start first.
func connect(g *Globals, start startLocal) (_ *session, err error) {
	cfg, err := config.Load(g.Lookup)
	if err != nil {
		return nil, err
	}
	lines := NewLogBuffer(g.Err, func(w io.Writer) slog.Handler { return newLogHandler(w, cfg) })
	s := &session{cfg: cfg, log: lines.Logger(), lines: lines}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	url, name := cfg.DatabaseURL, "DATABASE_URL"
	if cfg.Development() {
		if s.local, err = start(g.Context, cfg, s.log); err != nil {
			return nil, err
		}
		url, name = s.local.URL(), "private PostgreSQL"
	}
	if s.pool, err = app.Connect(g.Context, url, s.log); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if s.app, err = app.New(cfg, s.pool, app.Options{Log: s.log}); err != nil {
		return nil, err
	}
	s.app.Metrics.CountDroppedLogLines(lines.Dropped)
	return s, nil
}

func (s *session) migrate(ctx context.Context) error {
	if err := db.Migrate(ctx, s.pool, s.log); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

// closeTimeout limits the time to close the pool. Together with outputTimeout and the
// timeouts of web.Serve and app.FlushTimeout it must stay below the 10 seconds of a
// shutdown.
const closeTimeout = 500 * time.Millisecond

func (s *session) close() {
	if s.pool != nil {
		db.ClosePool(s.pool, closeTimeout)
	}
	if s.local != nil {
		if err := s.local.Stop(); err != nil {
			s.log.Error("stop the private database", "error", err)
		}
	}
	s.lines.Close()
}

func newLogHandler(w io.Writer, cfg *config.Config) slog.Handler {
	options := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == "json" {
		return slog.NewJSONHandler(w, options)
	}
	return slog.NewTextHandler(w, options)
}
