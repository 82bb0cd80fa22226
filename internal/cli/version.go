package cli

import (
	"fmt"
	"runtime/debug"
)

// Version prints the version.
type Version struct{}

// Run prints one line: the version and, when the build recorded it, the date of the
// commit in RFC 3339.
func (Version) Run(g *Globals) error {
	line := "profile-server " + version()
	if date := buildSetting("vcs.time"); date != "" {
		line += " " + date
	}
	_, err := fmt.Fprintln(g.Out, line)
	return err
}

// version returns the commit of the build or, when the build did not record it,
// the version of the module.
func version() string {
	commit := buildSetting("vcs.revision")
	switch {
	case commit == "":
		if info, ok := debug.ReadBuildInfo(); ok {
			return info.Main.Version
		}
		return "unknown"
	case buildSetting("vcs.modified") == "true":
		return commit + "-modified"
	}
	return commit
}

// buildSetting returns a setting that the build recorded, or "".
func buildSetting(key string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, setting := range info.Settings {
		if setting.Key == key {
			return setting.Value
		}
	}
	return ""
}
