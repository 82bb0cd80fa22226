package cli

import (
	"fmt"
	"strings"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/devdb"
	"github.com/stay-sidekick/profile-server/internal/keyring"
)

// Migrate brings the database up to date.
type Migrate struct{}

// Run prints a line, because a session has migrated.
func (Migrate) Run(g *Globals, _ *session) error {
	_, err := fmt.Fprintln(g.Out, "the database is up to date")
	return err
}

// Check checks that the server can run with the settings and the database.
type Check struct{}

// Run fails when the server cannot run, or when a stored ciphertext is not
// decryptable. It changes nothing.
func (Check) Run(g *Globals) error {
	s, err := connect(g, devdb.Reopen)
	if err != nil {
		return err
	}
	defer s.close()
	report := func(format string, args ...any) { _, _ = fmt.Fprintf(g.Out, format+"\n", args...) }
	report("settings: valid")
	for _, warning := range s.cfg.Warnings {
		report("settings: %s", warning)
	}
	q := s.app.DB.Queries()
	if err := db.CheckSharedTables(g.Context, q); err != nil {
		return err
	}
	report("database: available, has all columns, and the role can read and write them")
	pending, err := db.MigrationPending(g.Context, s.pool)
	if err != nil {
		return err
	}
	if pending {
		report("schema profile: outdated; serve and migrate bring it up to date")
	} else {
		report("schema profile: up to date")
	}
	if err := reportUnusualRows(g, s.app); err != nil {
		return err
	}
	counts, err := keyring.Count(g.Context, s.app.DB, s.app.Keys)
	if err != nil {
		return err
	}
	report("stored ciphertexts: %d; FERNET_KEY decrypts %d, FERNET_OLD_KEYS %d, none %d",
		counts.Total(), counts.Primary(), counts.Old(), len(counts.NotDecryptable()))
	if err := counts.CheckKeys(); err != nil {
		return err
	}
	if rows := counts.NotDecryptable(); len(rows) > 0 {
		return fmt.Errorf("no configured key decrypts %s", strings.Join(rows, ", "))
	}
	return nil
}

// reportUnusualRows lists rows that an import may have left and that the server reads,
// but the Python service does not, or only in part. It prints nothing without such rows.
func reportUnusualRows(g *Globals, a *app.App) error {
	emails, err := a.Accounts.EmailsNotNormalized(g.Context)
	if err != nil {
		return err
	}
	if len(emails) > 0 {
		_, _ = fmt.Fprintf(g.Out, "usuarios.email: not trimmed or not in lower case; signs in only when typed exactly like this, and not beside the same address in lower case or with spaces around it: %q\n", emails)
	}
	companies, err := a.Companies.TextConfigurations(g.Context)
	if err != nil {
		return err
	}
	if len(companies) > 0 {
		_, _ = fmt.Fprintf(g.Out, "empresas.configuracion: a JSON string instead of an object, in the rows %s\n", companies)
	}
	return nil
}

// DeleteDemo deletes the private database of development runs and its keys.
type DeleteDemo struct{}

// Run succeeds when there is nothing to delete. It never changes the database of
// DATABASE_URL.
func (DeleteDemo) Run(g *Globals) error {
	if err := devdb.Remove(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(g.Out, "the private database of development runs in this folder is deleted")
	return err
}
