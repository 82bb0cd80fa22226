package command

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/stay-sidekick/profile-server/internal/check"
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
	s, err := connect(g)
	if err != nil {
		return err
	}
	defer s.close()
	q := s.app.DB.Queries()
	if err := check.Columns(g.Context, q); err != nil {
		return err
	}
	count, err := check.Tokens(g.Context, q, s.app.Keys, check.All)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(g.Out, "settings: good\ndatabase: answers, all columns are there\nstored keys: %d; FERNET_KEY opens %d, FERNET_OLD_KEYS %d, none %d\n",
		count.Stored(), count.Primary, count.Old, len(count.Broken))
	if err := count.Usable(); err != nil {
		return err
	}
	if len(count.Broken) > 0 {
		return fmt.Errorf("no key opens %s", strings.Join(count.Broken, ", "))
	}
	return nil
}

// Version prints the version.
type Version struct{}

// Run prints it.
func (Version) Run(g *Globals) error {
	_, err := fmt.Fprintln(g.Out, "profile-server", version())
	return err
}

// version is the module's version or, for a build from a clone, its commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return setting.Value
		}
	}
	return info.Main.Version
}
