package auth

import (
	"context"
	"errors"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

func mustHasher(t *testing.T, cost int) *Hasher {
	t.Helper()
	h, err := NewHasher(cost)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// matchNothing compares a password like a sign-in to an unknown account.
func matchNothing(ctx context.Context, h *Hasher) error {
	_, err := h.Matches(ctx, Requester{}, "", "x")
	return err
}

func TestCancelledRequestIsNotHashed(t *testing.T) {
	h := mustHasher(t, 4)
	h.compare = func(_, _ []byte) error { t.Error("hashed"); return nil }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := matchNothing(ctx, h); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestEveryHashUpToTheConfiguredCostTakesTheSameTime(t *testing.T) {
	h := mustHasher(t, 9)
	work := 0
	h.compare = func(hash, password []byte) error {
		work += 1 << costOf(string(hash)) // rounds of the key schedule
		// An early return of bcrypt has another error.
		if err := bcrypt.CompareHashAndPassword(hash, password); err != bcrypt.ErrMismatchedHashAndPassword {
			t.Errorf("bcrypt returns %v", err)
		}
		return bcrypt.ErrMismatchedHashAndPassword
	}
	for stored, want := range map[string]int{
		"": 1 << 9, "no hash": 1 << 9, "$2a$31$" + dummyHash(6)[7:]: 1 << 9,
		dummyHash(4): 1 << 9, dummyHash(8): 1 << 9, dummyHash(9): 1 << 9, dummyHash(10): 1 << 10,
	} {
		work = 0
		if ok, err := h.Matches(t.Context(), Requester{}, stored, "x"); ok || err != nil {
			t.Errorf("%q: %v, %v", stored, ok, err)
		}
		if work != want {
			t.Errorf("%q: the work is %d rounds, want %d", stored, work, want)
		}
	}
	h.compare = func(_, _ []byte) error { return nil }
	if ok, err := h.Matches(t.Context(), Requester{}, "", "x"); ok || err != nil {
		t.Errorf("an unknown user whose dummy hash matches: %v, %v", ok, err)
	}
}

func TestOnlyHashesOfALowerCostNeedARehash(t *testing.T) {
	h := mustHasher(t, 9)
	for stored, want := range map[string]bool{
		"": false, "no hash": false, dummyHash(8): true, "$2b$" + dummyHash(4)[4:]: true, dummyHash(9): false, dummyHash(12): false,
	} {
		if got := h.NeedsRehash(stored); got != want {
			t.Errorf("%q: %v", stored, got)
		}
	}
}
