package cli

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

func TestAFailureIsExplainedInOneLine(t *testing.T) {
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
		if got := explain(err); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
