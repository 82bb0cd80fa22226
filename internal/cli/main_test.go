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
	const invalidName = "--name: must be 1 to 200 characters on one line"
	newCompany := func(name, email string) []string {
		return []string{"create-company", "--name", name, "--admin-email", email}
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"bogus"}, "unexpected argument bogus"},
		{[]string{"--bogus"}, "unknown flag --bogus"},
		{[]string{"migrate", "now"}, "unexpected argument now"},
		{[]string{"create-user"}, "missing flags: --company"},
		{[]string{"create-company"}, "missing flags: --admin-email"},
		{[]string{"reset-password", "-e", "x"}, "unknown flag -e"},
		{[]string{"create-user", "--company", "x", "--email", "a@example.com", "--role", "boss"}, `--role must be one of "admin","operator"`},
		{[]string{"create-user", "--company", "x", "--email", "nobody", "--role", "admin"}, "--email: "},
		{[]string{"reset-password", "--email", "nobody"}, "--email: "},
		{newCompany("New", "a b@example.com"), "--admin-email: "},
		{newCompany("  ", "new@example.com"), invalidName},
		{newCompany(strings.Repeat("ñ", 201), "new@example.com"), invalidName},
		{newCompany("Casa\nSol", "new@example.com"), invalidName},
		{newCompany("\xff", "new@example.com"), invalidName},
	} {
		code, out, err := runCommand(t, nil, c.args...)
		if code != 64 || out != "" || strings.Count(err, "\n") != 1 || !strings.Contains(err, c.want) || !strings.Contains(err, "profile-server --help") {
			t.Errorf("%q: exit code %d\n%s%s", c.args, code, out, err)
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
