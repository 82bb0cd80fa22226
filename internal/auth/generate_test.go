package auth_test

import (
	"regexp"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/auth"
)

func TestTemporaryPasswordIsReadableAndUnique(t *testing.T) {
	format := regexp.MustCompile(`^([A-Z2-7]{5}-){3}[A-Z2-7]{5}$`)
	last := ""
	for range 100 {
		p := auth.TemporaryPassword()
		if !format.MatchString(p) || p == last {
			t.Fatalf("got %q after %q", p, last)
		}
		last = p
	}
}
