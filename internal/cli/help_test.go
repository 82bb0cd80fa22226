package cli_test

import (
	"regexp"
	"strings"
	"testing"
)

func TestHelpDescribesEveryCommand(t *testing.T) {
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
		"serve":          {"DATABASE_URL", "JWT_SECRET_KEY", "FERNET_KEY", "--force"},
		"migrate":        {"profile"},
		"check":          {"exits with 1", "DATABASE_URL"},
		"create-company": {"--name", "--admin-email"},
		"create-user":    {"--company", "--email", "--role"},
		"reset-password": {"--email"},
		"rotate-keys":    {"FERNET_KEY", "FERNET_OLD_KEYS", "--check", "exits with 2", "exits with 3"},
		"gen-key":        {"FERNET_KEY", "JWT_SECRET_KEY"},
		"prune-audit":    {"AUDIT_RETENTION_DAYS"},
		"delete-demo":    {".data"},
		"version":        {"version"},
	} {
		if !strings.Contains(overview, "\n  "+command) {
			t.Errorf("--help does not list %s", command)
		}
		help := strings.Join(strings.Fields(mustRun(t, nil, command, "--help")), " ") // without line breaks
		for _, mention := range mentions {
			if !strings.Contains(help, mention) {
				t.Errorf("%s --help does not mention %q: %s", command, mention, help)
			}
		}
	}
	if !strings.Contains(overview, "docs/settings.md") {
		t.Error("--help does not refer to docs/settings.md")
	}
}
