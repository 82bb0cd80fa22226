package cli

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/devdb"
	"github.com/stay-sidekick/profile-server/internal/keyring"
)

// Migrate brings the database up to date.
type Migrate struct{}

// Run migrates, which opening does.
func (Migrate) Run(g *Globals) error {
	s, err := open(g)
	if err != nil {
		return err
	}
	defer s.close()
	_, err = fmt.Fprintln(g.Out, "the database is up to date")
	return err
}

// Check tells whether the server could work with the settings and the database.
type Check struct{}

// Run fails when it could not, or when a stored key cannot be opened. It changes
// nothing.
func (Check) Run(g *Globals) error {
	s, err := connect(g, devdb.Reopen)
	if err != nil {
		return err
	}
	defer s.close()
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(g.Out, format+"\n", args...) }
	say("settings: good")
	for _, warning := range s.cfg.Warnings {
		say("settings: %s", warning)
	}
	q := s.app.DB.Queries()
	if err := db.CheckSharedTables(g.Context, q); err != nil {
		return err
	}
	say("database: it answers, all columns are there, and the role may read and write them")
	pending, err := db.Pending(g.Context, s.pool)
	if err != nil {
		return err
	}
	if pending {
		say("schema profile: serve and migrate bring it up to date")
	} else {
		say("schema profile: up to date")
	}
	count, err := keyring.CountStored(g.Context, s.app.DB, s.app.Keys)
	if err != nil {
		return err
	}
	broken := count.Broken()
	say("stored keys: %d; FERNET_KEY opens %d, FERNET_OLD_KEYS %d, none %d", count.Stored(), count.Primary(), count.Old(), len(broken))
	if err := count.Usable(); err != nil {
		return err
	}
	if len(broken) > 0 {
		return fmt.Errorf("no key opens %s", strings.Join(broken, ", "))
	}
	return nil
}

// DeleteDemo deletes what development runs keep.
type DeleteDemo struct{}

// Run deletes it, if there is any, and never touches the database of
// DATABASE_URL.
func (DeleteDemo) Run(g *Globals) error {
	if err := devdb.Remove(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(g.Out, "the private database of development runs in this folder is deleted")
	return err
}

// Version prints the version.
type Version struct{}

// Run prints it.
func (Version) Run(g *Globals) error {
	_, err := fmt.Fprintln(g.Out, "profile-server", version())
	return err
}

// version is the commit that the binary was built from or, where the build did
// not know, the module's version.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	built := make(map[string]string)
	for _, setting := range info.Settings {
		built[setting.Key] = setting.Value
	}
	switch {
	case built["vcs.revision"] == "":
		return info.Main.Version
	case built["vcs.modified"] == "true":
		return built["vcs.revision"] + "-modified"
	}
	return built["vcs.revision"]
}
