package auth_test

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/stay-sidekick/profile-server/internal/auth"
)

func mustHasher(t testing.TB, c auth.HasherConfig) *auth.Hasher {
	t.Helper()
	h, err := auth.NewHasher(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func mustHash(t testing.TB, h *auth.Hasher, password string) string {
	t.Helper()
	hash, err := h.Hash(t.Context(), auth.Requester{}, password)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

func TestAHashMatchesItsPasswordAndNoOther(t *testing.T) {
	h := mustHasher(t, auth.HasherConfig{Cost: 4})
	hash := mustHash(t, h, "Correct-Horse-1")
	for password, want := range map[string]bool{
		"Correct-Horse-1":                    true,
		"correct-horse-1":                    false,
		"Correct-Horse-":                     false,
		"Correct-Horse-1 ":                   false,
		"":                                   false,
		"Correct-Horse-1\x00Correct-Horse-1": false, // bcrypt itself would take it
	} {
		if got, err := h.Matches(t.Context(), auth.Requester{}, hash, password); err != nil || got != want {
			t.Errorf("%q: %v, %v", password, got, err)
		}
	}
}

func TestTheCostOfNewHashesIsThatOfTheConfiguration(t *testing.T) {
	hash := mustHash(t, mustHasher(t, auth.HasherConfig{Cost: 5}), "Correct-Horse-1")
	if !strings.HasPrefix(hash, "$2a$05$") {
		t.Errorf("hash is %s", hash)
	}
}

func TestHashRefusesWhatItWouldConfuse(t *testing.T) {
	h := mustHasher(t, auth.HasherConfig{Cost: 4})
	for name, password := range map[string]string{
		"73 bytes":                  strings.Repeat("x", 73),
		"37 characters of 74 bytes": strings.Repeat("ñ", 37),
		"a NUL":                     "Correct\x00Horse",
	} {
		if hash, err := h.Hash(t.Context(), auth.Requester{}, password); !errors.Is(err, auth.ErrUnhashable) || hash != "" {
			t.Errorf("%s: %q, %v", name, hash, err)
		}
	}
	if _, err := h.Hash(t.Context(), auth.Requester{}, strings.Repeat("x", 72)); err != nil {
		t.Errorf("72 bytes: %v", err)
	}
}

func TestMatchesReadsOnly72BytesOfAPassword(t *testing.T) {
	h := mustHasher(t, auth.HasherConfig{Cost: 4})
	hash := mustHash(t, h, strings.Repeat("x", 72))
	for password, want := range map[string]bool{
		strings.Repeat("x", 128):      true,
		strings.Repeat("x", 71):       false,
		strings.Repeat("x", 71) + "y": false,
	} {
		if got, err := h.Matches(t.Context(), auth.Requester{}, hash, password); err != nil || got != want {
			t.Errorf("%d bytes: %v, %v", len(password), got, err)
		}
	}
}

func TestAStoredHashInAnyOfTheThreeFormsMatches(t *testing.T) {
	h := mustHasher(t, auth.HasherConfig{Cost: 4})
	hash := mustHash(t, h, "Correct-Horse-1")
	for _, prefix := range []string{"$2a$", "$2b$", "$2y$"} {
		if ok, err := h.Matches(t.Context(), auth.Requester{}, prefix+hash[4:], "Correct-Horse-1"); err != nil || !ok {
			t.Errorf("%s: %v, %v", prefix, ok, err)
		}
	}
}

func TestAStoredHashThatIsNoneMatchesNothing(t *testing.T) {
	h := mustHasher(t, auth.HasherConfig{Cost: 4})
	hash := mustHash(t, h, "Correct-Horse-1")
	for name, stored := range map[string]string{
		"empty":                    "",
		"the password itself":      "Correct-Horse-1",
		"cut short":                hash[:59],
		"with something after it":  hash + "x",
		"with a line break":        hash + "\n",
		"a cost out of range":      "$2a$03" + hash[6:],
		"a cost that takes a week": "$2a$31" + hash[6:],
		"an unknown form":          "$2x$" + hash[4:],
		"other characters":         hash[:40] + "!" + hash[41:],
	} {
		if ok, err := h.Matches(t.Context(), auth.Requester{}, stored, "Correct-Horse-1"); err != nil || ok {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
}

// The one test with the cost of production.
func TestTheDefaultCostIs12(t *testing.T) {
	hash := mustHash(t, mustHasher(t, auth.HasherConfig{}), "Correct-Horse-1")
	if cost, err := bcrypt.Cost([]byte(hash)); err != nil || cost != 12 {
		t.Errorf("cost %d, %v", cost, err)
	}
}

func TestNewHasherRefusesNumbersOutOfRange(t *testing.T) {
	for _, c := range []auth.HasherConfig{{Cost: 3}, {Cost: 17}, {Cost: -1}, {Slots: -1}, {Queue: -1}} {
		if _, err := auth.NewHasher(c); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}
