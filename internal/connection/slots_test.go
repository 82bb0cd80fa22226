package connection_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/connection"
)

func TestCompanyHasTwoSlotsAndTheProcessTwenty(t *testing.T) {
	t.Parallel()
	c := connection.New(connection.Config{})
	// acquire takes a slot, or checks that it is refused.
	acquire := func(company uuid.UUID, want bool) (release func()) {
		t.Helper()
		release, err := c.Acquire(company)
		if (err == nil) != want || err != nil && apperr.CodeOf(err) != apperr.Overloaded {
			t.Fatalf("got %v, want a slot: %t", err, want)
		}
		return release
	}
	company := uuid.New()
	first, second := acquire(company, true), acquire(company, true)
	acquire(company, false)
	first()
	first() // gives back one slot only
	acquire(company, true)
	acquire(company, false)
	for range 18 {
		acquire(uuid.New(), true)
	}
	acquire(uuid.New(), false)
	second()
	acquire(uuid.New(), true)
	acquire(company, false)
}
