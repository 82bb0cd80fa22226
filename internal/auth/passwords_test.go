package auth_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
)

func mustHasher(t testing.TB, cost int) *auth.Hasher {
	t.Helper()
	h, err := auth.NewHasher(cost)
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
		if got, err := h.Matches(t.Context(), auth.Requester{}, c.stored, c.password); err != nil || got != c.want {
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
		if _, err := auth.NewHasher(cost); err == nil {
			t.Errorf("cost %d is accepted", cost)
		}
	}
}

func TestHashRejectsLongPasswordsAndNUL(t *testing.T) {
	h := mustHasher(t, 4)
	for _, password := range []string{strings.Repeat("x", 73), strings.Repeat("ñ", 37), "Correct\x00Horse"} {
		if hash, err := h.Hash(t.Context(), auth.Requester{}, password); !errors.Is(err, auth.ErrUnhashable) || hash != "" {
			t.Errorf("%q: %q, %v", password, hash, err)
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
	h := mustHasher(t, 4)
	for _, f := range file.Hashes {
		for password, want := range map[string]bool{f.Password: true, "Z" + f.Password[1:]: false} {
			if ok, err := h.Matches(t.Context(), auth.Requester{}, f.Hash, password); err != nil || ok != want {
				t.Errorf("%q against %q: %v, %v", password, f.Hash, ok, err)
			}
		}
	}
}

func TestPythonAcceptsHashes(t *testing.T) {
	h := mustHasher(t, 4)
	var pairs [][2]string
	for _, p := range []string{"Correct-Horse-1", "contraseña 鍵 🔑", strings.Repeat("x", 72)} {
		hash := mustHash(t, h, p)
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
