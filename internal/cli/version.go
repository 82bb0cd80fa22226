package cli

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"strings"
)

// Version prints the version.
type Version struct{}

// Run prints one line: the version and, when the build recorded it, the date of the
// commit in RFC 3339.
func (Version) Run(g *Globals) error {
	commit, date := version()
	_, err := fmt.Fprintln(g.Out, strings.TrimSpace(name+" "+commit+" "+date))
	return err
}

// version returns the commit of the build and its date. When the build did not record
// them, commit is the version of the module.
func version() (commit, date string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown", ""
	}
	recorded := make(map[string]string)
	for _, setting := range info.Settings {
		recorded[setting.Key] = setting.Value
	}
	commit = cmp.Or(recorded["vcs.revision"], info.Main.Version)
	if recorded["vcs.modified"] == "true" {
		commit += "-modified"
	}
	return commit, recorded["vcs.time"]
}
