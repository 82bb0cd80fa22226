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
	if !strings.Contains(overview, "docs/settings.md") {
		t.Error("--help does not refer to docs/settings.md")
	}
}
