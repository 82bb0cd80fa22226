//go:build unix

package localpg

import (
	"cmp"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const oldestMajor = 13

var errOtherVersion = errors.New("wrong version of PostgreSQL")

// binaries is one installed PostgreSQL.
type binaries struct {
	dir   string // holds initdb and postgres
	major int    // 15 for PostgreSQL 15.13
}

func (b binaries) path(name string) string { return filepath.Join(b.dir, name) }

// packagePatterns are where distributions keep server binaries, away from PATH.
var packagePatterns = []string{
	"/usr/lib/postgresql/*/bin",          // Debian, Ubuntu
	"/usr/pgsql-*/bin",                   // PostgreSQL's own RPMs
	"/usr/libexec/postgresql*",           // Alpine
	"/opt/homebrew/opt/postgresql@*/bin", // macOS
	"/usr/local/opt/postgresql@*/bin",
}

// findBinaries returns the binaries to use: those of the given major version,
// or, when that is 0, those on PATH, else the newest of patterns, else those
// that pg_config names. The error is ErrNotInstalled, or says which version is
// missing.
func findBinaries(major int, patterns []string) (binaries, error) {
	installed := installedBinaries(patterns)
	if len(installed) == 0 {
		return binaries{}, ErrNotInstalled
	}
	if major == 0 {
		return installed[0], nil
	}
	for _, b := range installed {
		if b.major == major {
			return b, nil
		}
	}
	return binaries{}, fmt.Errorf("%w: the data was made by version %d, installed is %d", errOtherVersion, major, installed[0].major)
}

func installedBinaries(patterns []string) []binaries {
	var found []binaries
	if path, err := exec.LookPath("postgres"); err == nil {
		found = appendUsable(found, realDir(path))
	}
	found = append(found, packaged(patterns)...)
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		found = appendUsable(found, strings.TrimSpace(string(out)))
	}
	return found
}

// packaged returns what patterns match, newest first.
func packaged(patterns []string) []binaries {
	var found []binaries
	for _, pattern := range patterns {
		dirs, _ := filepath.Glob(pattern) // only fails for a malformed pattern
		for _, dir := range dirs {
			found = appendUsable(found, dir)
		}
	}
	slices.SortStableFunc(found, func(a, b binaries) int { return cmp.Compare(b.major, a.major) })
	return found
}

// realDir is the folder of path after links, where its sibling initdb is.
func realDir(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return filepath.Dir(path)
}

// appendUsable appends dir when it holds a server that is new enough.
func appendUsable(found []binaries, dir string) []binaries {
	b := binaries{dir: dir}
	if _, err := exec.LookPath(b.path("initdb")); err != nil {
		return found
	}
	out, err := exec.Command(b.path("postgres"), "--version").Output()
	if err != nil {
		return found
	}
	if b.major = majorVersion(string(out)); b.major < oldestMajor {
		return found
	}
	return append(found, b)
}

var versionNumber = regexp.MustCompile(`\d+`)

// majorVersion reads "postgres (PostgreSQL) 15.13 (Debian …)", or the content
// of a PG_VERSION file; 0 when there is no number.
func majorVersion(text string) int {
	major, _ := strconv.Atoi(versionNumber.FindString(text))
	return major
}
