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
	acquire := func(company uuid.UUID) func() {
		t.Helper()
		release, err := c.Acquire(company)
		if err != nil {
			t.Fatal(err)
		}
		return release
	}
	refused := func(company uuid.UUID) {
		t.Helper()
		if _, err := c.Acquire(company); apperr.CodeOf(err) != apperr.Overloaded {
			t.Errorf("got %v, want OVERLOADED", err)
		}
	}
	company := uuid.New()
	first, second := acquire(company), acquire(company)
	refused(company)
	first()
	first() // gives back one slot only
	third := acquire(company)
	refused(company)

	var others []func()
	for range 18 {
		others = append(others, acquire(uuid.New()))
	}
	refused(uuid.New())
	second()
	third()
	acquire(company)
	acquire(uuid.New())
	refused(uuid.New())
	for _, release := range others {
		release()
	}
	acquire(company)
	refused(company)
}
