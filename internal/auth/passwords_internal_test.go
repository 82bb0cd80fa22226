package auth

import (
	"context"
	"errors"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

func TestCancelledRequestIsNotHashed(t *testing.T) {
	h, err := NewHasher(HasherConfig{Cost: 4})
	if err != nil {
		t.Fatal(err)
	}
	h.compare = func(_, _ []byte) error { t.Error("hashed"); return nil }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ok, err := h.Matches(ctx, Requester{}, dummyHash(4), "x")
	if ok || !errors.Is(err, context.Canceled) {
		t.Errorf("Matches = %v, %v", ok, err)
	}
}

func TestUnknownUserCostsTheSameAsAWrongPassword(t *testing.T) {
	h, err := NewHasher(HasherConfig{Cost: 6})
	if err != nil {
		t.Fatal(err)
	}
	var costs []int
	h.compare = func(hash, password []byte) error {
		cost, err := bcrypt.Cost(hash)
		if err != nil {
			t.Error(err)
		}
		costs = append(costs, cost)
		// An early return of bcrypt has another error.
		if err := bcrypt.CompareHashAndPassword(hash, password); err != bcrypt.ErrMismatchedHashAndPassword {
			t.Errorf("bcrypt returns %v", err)
		}
		return nil // Matches must be false even if the dummy hash matched
	}
	if err := matchNothing(t.Context(), h); err != nil {
		t.Error(err)
	}
	for _, stored := range []string{"", "no hash", "$2a$31$" + dummyHash(6)[7:]} {
		if ok, err := h.Matches(t.Context(), Requester{}, stored, "x"); ok || err != nil {
			t.Errorf("%q: %v, %v", stored, ok, err)
		}
	}
	for _, cost := range costs {
		if cost != 6 {
			t.Errorf("bcrypt costs %v, want 6", costs)
		}
	}
	if len(costs) != 4 {
		t.Errorf("%d comparisons for 4 attempts", len(costs))
	}
}

func TestEveryHashUpToTheConfiguredCostTakesTheSameTime(t *testing.T) {
	const cost = 9
	h, err := NewHasher(HasherConfig{Cost: cost})
	if err != nil {
		t.Fatal(err)
	}
	work := 0
	h.compare = func(hash, _ []byte) error {
		work += 1 << costOf(string(hash)) // rounds of the key schedule
		return bcrypt.ErrMismatchedHashAndPassword
	}
	for stored, want := range map[string]int{
		"": 1 << cost, dummyHash(4): 1 << cost, dummyHash(8): 1 << cost, dummyHash(cost): 1 << cost, dummyHash(10): 1 << 10,
	} {
		work = 0
		if ok, err := h.Matches(t.Context(), Requester{}, stored, "x"); ok || err != nil {
			t.Errorf("%q: %v, %v", stored, ok, err)
		}
		if work != want {
			t.Errorf("%q: the work is %d rounds, want %d", stored, work, want)
		}
	}
}

func TestOnlyHashesOfALowerCostNeedARehash(t *testing.T) {
	h, err := NewHasher(HasherConfig{Cost: 9})
	if err != nil {
		t.Fatal(err)
	}
	for stored, want := range map[string]bool{
		"": false, "no hash": false, dummyHash(8): true, "$2b$" + dummyHash(4)[4:]: true, dummyHash(9): false, dummyHash(12): false,
	} {
		if got := h.NeedsRehash(stored); got != want {
			t.Errorf("%q: %v", stored, got)
		}
	}
}

// matchNothing compares a password like a sign-in to an unknown account.
func matchNothing(ctx context.Context, h *Hasher) error {
	_, err := h.Matches(ctx, Requester{}, "", "x")
	return err
}
