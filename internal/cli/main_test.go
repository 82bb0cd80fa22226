package cli_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/cli"
)

func TestInvalidCommandLineIsReportedInOneLine(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"bogus":               "unexpected argument bogus",
		"--bogus":             "unknown flag --bogus",
		"migrate now":         "unexpected argument now",
		"create-user":         "missing flags: --company",
		"create-company":      "missing flags: --admin-email",
		"reset-password -e x": "unknown flag -e",
		"create-user --company x --email a@example.com --role boss": `--role must be one of "admin","operator"`,
	} {
		code, out, err := runCommand(t, nil, strings.Fields(line)...)
		if code != 64 || out != "" || strings.Count(err, "\n") != 1 || !strings.Contains(err, want) || !strings.Contains(err, "profile-server --help") {
			t.Errorf("%s: exit code %d\n%s%s", line, code, out, err)
		}
	}
}

func TestErrorIsFormattedInOneLine(t *testing.T) {
	t.Parallel()
	connect := errors.New("failed to connect to `user=a database=b`:\n\t[::1]:1 (localhost): refused\n\t127.0.0.1:1 (localhost): refused")
	busy := apperr.Busy.In(apperr.English)
	for want, err := range map[string]error{
		"one":      errors.New("one"),
		"one; two": errors.Join(errors.New("one"), errors.New("two\n")),
		"no database: failed to connect to `user=a database=b`: [::1]:1 (localhost): refused; 127.0.0.1:1 (localhost): refused": fmt.Errorf("no database: %w", connect),
		"migrate: " + busy + " (disk full)": fmt.Errorf("migrate: %w", apperr.Wrap(apperr.Unavailable, apperr.Busy, errors.New("disk full"))),
		busy:                                apperr.New(apperr.Overloaded, apperr.Busy),
	} {
		if got := cli.Explain(err); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
