package cli_test

import (
	"regexp"
	"strings"
	"testing"
)

func TestEachCommandSaysWhatItDoes(t *testing.T) {
	t.Parallel()
	overview := mustRun(t, nil, "--help")
	commands := regexp.MustCompile(`(?m)^  ([a-z-]+)( |$)`).FindAllStringSubmatch(overview[strings.Index(overview, "Commands:"):], -1)
	if len(commands) < 10 {
		t.Errorf("--help lists %d commands: %s", len(commands), overview)
	}
	for _, command := range commands {
		if help := mustRun(t, nil, command[1], "--help"); len(help) < 100 {
			t.Errorf("%s --help: %s", command[1], help)
		}
	}
	for command, mentions := range map[string][]string{
		"serve":          {"Run the server", "DATABASE_URL", "private PostgreSQL", "--force"},
		"migrate":        {"up to date", "Python service"},
		"check":          {"changes nothing", "stored key"},
		"create-company": {"--name", "--admin-email", "temporary password"},
		"create-user":    {"--company", "--email", "--role", "temporary password"},
		"reset-password": {"--email", "sign in again", "need not wait"},
		"rotate-keys":    {"FERNET_KEY", "--check", "exits with 2", "with 3"},
		"gen-key":        {"JWT_SECRET_KEY"},
		"prune-audit":    {"AUDIT_RETENTION_DAYS", "unknown accounts after 30 days"},
		"delete-demo":    {"private database", ".data"},
		"version":        {"version"},
	} {
		if !strings.Contains(overview, "\n  "+command) {
			t.Errorf("--help does not list %s", command)
		}
		help := strings.Join(strings.Fields(mustRun(t, nil, command, "--help")), " ") // as if no line were broken
		for _, mention := range mentions {
			if !strings.Contains(help, mention) {
				t.Errorf("%s --help does not mention %q: %s", command, mention, help)
			}
		}
	}
	for _, mention := range []string{"docs/settings.md", "stop a demo first"} {
		if !strings.Contains(strings.Join(strings.Fields(overview), " "), mention) {
			t.Errorf("--help does not mention %q", mention)
		}
	}
}

func TestVersionIsOneLine(t *testing.T) {
	t.Parallel()
	if got := mustRun(t, nil, "version"); !regexp.MustCompile(`^profile-server \S+\n$`).MatchString(got) {
		t.Errorf("got %q", got)
	}
}

func TestACommandLineThatIsNotUnderstoodIsToldInOneLine(t *testing.T) {
	t.Parallel()
	for line, told := range map[string]string{
		"bogus":               "unexpected argument bogus",
		"--bogus":             "unknown flag --bogus",
		"migrate now":         "unexpected argument now",
		"create-user":         "missing flags: --company",
		"create-company":      "missing flags: --admin-email",
		"reset-password -e x": "unknown flag -e",
		"create-user --company x --email a@example.com --role boss": `--role must be one of "admin","operator"`,
	} {
		code, out, err := runCommand(t, nil, strings.Fields(line)...)
		if code != 64 || out != "" || strings.Count(err, "\n") != 1 || !strings.Contains(err, told) || !strings.Contains(err, "profile-server --help") {
			t.Errorf("%s: exit code %d\n%s%s", line, code, out, err)
		}
	}
}
