package auth

import (
	"strings"
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

func mustHash(t *testing.T, h *Hasher, password string) string {
	t.Helper()
	hash, err := h.Hash(t.Context(), Requester{}, password)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

func TestHashMatchesOnlyItsPassword(t *testing.T) {
	h := mustHasher(t, 4)
	const password = "Correct-Horse-1"
	hash, x72 := mustHash(t, h, password), mustHash(t, h, strings.Repeat("x", 72))
	for name, c := range map[string]struct {
		stored, password string
		want             bool
	}{
		"the password":               {hash, password, true},
		"another case":               {hash, "correct-horse-1", false},
		"without the last character": {hash, "Correct-Horse-", false},
		"with a space":               {hash, password + " ", false},
		"no password":                {hash, "", false},
		"repeated after a NUL":       {hash, password + "\x00" + password, false}, // bcrypt itself accepts it
		"72 of 128 bytes":            {x72, strings.Repeat("x", 128), true},
		"71 bytes":                   {x72, strings.Repeat("x", 71), false},
		"another 72nd byte":          {x72, strings.Repeat("x", 71) + "y", false},
		"prefix $2b$":                {"$2b$" + hash[4:], password, true},
		"prefix $2y$":                {"$2y$" + hash[4:], password, true},
		"an unknown prefix":          {"$2x$" + hash[4:], password, false},
		"no hash":                    {"", password, false},
		"the password in plain text": {password, password, false},
		"a truncated hash":           {hash[:59], password, false},
		"a hash with a suffix":       {hash + "x", password, false},
		"a hash with a line break":   {hash + "\n", password, false},
		"a cost out of range":        {"$2a$03" + hash[6:], password, false},
		"a cost that takes days":     {"$2a$31" + hash[6:], password, false},
		"an invalid character":       {hash[:40] + "!" + hash[41:], password, false},
	} {
		if got, err := h.Matches(t.Context(), Requester{}, c.stored, c.password); err != nil || got != c.want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// Only this test hashes with the cost of production, 12.
func TestNewHashesHaveTheConfiguredOrTheDefaultCost(t *testing.T) {
	for configured, prefix := range map[int]string{5: "$2a$05$", 0: "$2a$12$"} {
		if hash := mustHash(t, mustHasher(t, configured), "Correct-Horse-1"); !strings.HasPrefix(hash, prefix) {
			t.Errorf("cost %d: hash %s", configured, hash)
		}
	}
	for _, cost := range []int{3, 17, -1} {
		if _, err := NewHasher(cost); err == nil {
			t.Errorf("cost %d is accepted", cost)
		}
	}
}

func TestHashRejectsLongPasswordsAndNUL(t *testing.T) {
	h := mustHasher(t, 4)
	for _, password := range []string{strings.Repeat("x", 73), strings.Repeat("ñ", 37), "Correct\x00Horse"} {
		if hash, err := h.Hash(t.Context(), Requester{}, password); err == nil || hash != "" {
			t.Errorf("%q: %q, %v", password, hash, err)
		}
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
