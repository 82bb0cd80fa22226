package auth_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
)

func readJSON(t *testing.T, path string, v any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func mustHasher(t *testing.T) *auth.Hasher {
	t.Helper()
	h, err := auth.NewHasher(4)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestVerifyOfPythonTokens(t *testing.T) {
	var file struct {
		Now    int64
		UserID string `json:"user_id"`
		Cases  []struct{ Name, Verdict, Token string }
	}
	readJSON(t, "testdata/python_tokens.json", &file)
	if len(file.Cases) < 28 {
		t.Fatalf("only %d cases were read", len(file.Cases))
	}
	verdicts := map[string]error{"valid": nil, "expired": auth.ErrExpiredToken, "invalid": auth.ErrInvalidToken}
	s := mustSigner(t, at(time.Unix(file.Now, 0)))
	for _, c := range file.Cases {
		got, err := s.Verify(c.Token)
		if err != verdicts[c.Verdict] || err == nil && got.UserID.String() != file.UserID {
			t.Errorf("%s: got %v, %v, want it to be %s", c.Name, got, err, c.Verdict)
		}
	}
}

// The script decodes a token as strictly as PyJWT can.
func TestPythonAcceptsIssuedTokens(t *testing.T) {
	now := time.Now()
	input, err := json.Marshal(map[string]string{"Token": mustIssue(t, mustSigner(t, at(now))), "Key": testKey})
	if err != nil {
		t.Fatal(err)
	}
	const script = `
import json, sys, jwt
given = json.load(sys.stdin)
options = {"require": ["exp", "iat", "sub"]}
claims = jwt.decode(given["Token"], given["Key"], algorithms=["HS256"], options=options)
del claims["jti"]
print(json.dumps(claims, sort_keys=True, separators=(",", ":")))
`
	want := fmt.Sprintf(`{"debe_cambiar_password":true,"empresa_id":"%s","es_superadmin":true,"exp":%d,"iat":%d,`+
		`"rol":"admin","sub":"%s","user_id":"%s"}`, testClaims.CompanyID, now.Unix()+3600, now.Unix(), testClaims.Email, testClaims.UserID)
	if got := testprogram.Python(t, "jwt", "python3-jwt", script, string(input)); got != want {
		t.Errorf("Python reads %s, want %s", got, want)
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
	h := mustHasher(t)
	for _, f := range file.Hashes {
		for password, want := range map[string]bool{f.Password: true, "Z" + f.Password[1:]: false} {
			if ok, err := h.Matches(t.Context(), auth.Requester{}, f.Hash, password); err != nil || ok != want {
				t.Errorf("%q against %q: %v, %v", password, f.Hash, ok, err)
			}
		}
	}
}

func TestPythonAcceptsHashes(t *testing.T) {
	h := mustHasher(t)
	var pairs [][2]string
	for _, p := range []string{"Correct-Horse-1", "contraseña 鍵 🔑", strings.Repeat("x", 72)} {
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
