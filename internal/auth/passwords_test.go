package auth_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
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

func TestHashMatchesOnlyItsPassword(t *testing.T) {
	h := mustHasher(t, auth.HasherConfig{Cost: 4})
	hash := mustHash(t, h, "Correct-Horse-1")
	for password, want := range map[string]bool{
		"Correct-Horse-1":                    true,
		"correct-horse-1":                    false,
		"Correct-Horse-":                     false,
		"Correct-Horse-1 ":                   false,
		"":                                   false,
		"Correct-Horse-1\x00Correct-Horse-1": false, // bcrypt itself accepts it
	} {
		if got, err := h.Matches(t.Context(), auth.Requester{}, hash, password); err != nil || got != want {
			t.Errorf("%q: %v, %v", password, got, err)
		}
	}
}

// Only this test hashes with the cost of production, 12.
func TestNewHashesHaveTheConfiguredOrTheDefaultCost(t *testing.T) {
	for configured, prefix := range map[int]string{5: "$2a$05$", 0: "$2a$12$"} {
		hash := mustHash(t, mustHasher(t, auth.HasherConfig{Cost: configured}), "Correct-Horse-1")
		if !strings.HasPrefix(hash, prefix) {
			t.Errorf("cost %d: hash %s", configured, hash)
		}
	}
}

func TestHashRejectsLongPasswordsAndNUL(t *testing.T) {
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

func TestMatchesReadsOnly72Bytes(t *testing.T) {
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

func TestMatchesAcceptsEveryHashPrefix(t *testing.T) {
	h := mustHasher(t, auth.HasherConfig{Cost: 4})
	hash := mustHash(t, h, "Correct-Horse-1")
	for _, prefix := range []string{"$2a$", "$2b$", "$2y$"} {
		if ok, err := h.Matches(t.Context(), auth.Requester{}, prefix+hash[4:], "Correct-Horse-1"); err != nil || !ok {
			t.Errorf("%s: %v, %v", prefix, ok, err)
		}
	}
}

func TestMalformedHashMatchesNothing(t *testing.T) {
	h := mustHasher(t, auth.HasherConfig{Cost: 4})
	hash := mustHash(t, h, "Correct-Horse-1")
	for name, stored := range map[string]string{
		"empty":                      "",
		"the password in plain text": "Correct-Horse-1",
		"truncated":                  hash[:59],
		"with a suffix":              hash + "x",
		"with a line break":          hash + "\n",
		"a cost out of range":        "$2a$03" + hash[6:],
		"a cost that takes days":     "$2a$31" + hash[6:],
		"an unknown prefix":          "$2x$" + hash[4:],
		"an invalid character":       hash[:40] + "!" + hash[41:],
	} {
		if ok, err := h.Matches(t.Context(), auth.Requester{}, stored, "Correct-Horse-1"); err != nil || ok {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
}

func TestNewHasherRejectsNumbersOutOfRange(t *testing.T) {
	for _, c := range []auth.HasherConfig{{Cost: 3}, {Cost: 17}, {Cost: -1}, {Slots: -1}, {Queue: -1}} {
		if _, err := auth.NewHasher(c); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}

func TestPythonHashesMatch(t *testing.T) {
	var file struct {
		Hashes []struct{ Password, Hash string }
	}
	readJSON(t, "testdata/python_hashes.json", &file)
	if len(file.Hashes) < 8 {
		t.Fatalf("only %d hashes were read", len(file.Hashes))
	}
	h := mustHasher(t, auth.HasherConfig{Cost: 4})
	for _, f := range file.Hashes {
		if ok, err := h.Matches(t.Context(), auth.Requester{}, f.Hash, f.Password); err != nil || !ok {
			t.Errorf("%q against %q: %v, %v", f.Password, f.Hash, ok, err)
		}
		if ok, err := h.Matches(t.Context(), auth.Requester{}, f.Hash, "Z"+f.Password[1:]); err != nil || ok {
			t.Errorf("another password against %q: %v, %v", f.Hash, ok, err)
		}
	}
}

func TestPythonAcceptsHashes(t *testing.T) {
	h := mustHasher(t, auth.HasherConfig{Cost: 4})
	passwords := []string{"Correct-Horse-1", "contraseña 鍵 🔑", strings.Repeat("x", 72)}
	var pairs [][2]string
	for _, p := range passwords {
		hash, err := h.Hash(t.Context(), auth.Requester{}, p)
		if err != nil {
			t.Fatal(err)
		}
		pairs = append(pairs, [2]string{p, hash}, [2]string{"Z" + p[1:], hash})
	}
	input, err := json.Marshal(pairs)
	if err != nil {
		t.Fatal(err)
	}
	const script = `
import bcrypt, json, sys
print(json.dumps([bcrypt.checkpw(p.encode(), h.encode()) for p, h in json.load(sys.stdin)]))
`
	if got, want := testprogram.Python(t, "bcrypt", "python3-bcrypt", script, string(input)),
		"[true, false, true, false, true, false]"; got != want {
		t.Errorf("Python returns %s, want %s", got, want)
	}
}
