package cli_test

import (
	"regexp"
	"testing"
)

func TestVersionIsOneLine(t *testing.T) {
	t.Parallel()
	if got := mustRun(t, nil, "version"); !regexp.MustCompile(`^profile-server \S+( \S+Z)?\n$`).MatchString(got) {
		t.Errorf("got %q", got)
	}
}
