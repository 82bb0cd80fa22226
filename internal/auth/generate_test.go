package auth_test

import (
	"regexp"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/auth"
)

func TestTemporaryPasswordIsReadableAndUnique(t *testing.T) {
	format := regexp.MustCompile(`^([A-Z2-7]{5}-){3}[A-Z2-7]{5}$`)
	seen := map[string]bool{}
	for range 1000 {
		p := auth.TemporaryPassword()
		if !format.MatchString(p) {
			t.Fatalf("%q has the wrong format", p)
		}
		if seen[p] {
			t.Fatal("the same password twice")
		}
		seen[p] = true
	}
}
