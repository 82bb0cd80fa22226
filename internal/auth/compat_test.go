package auth_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
)

func TestTokensThatPythonMade(t *testing.T) {
	var file struct {
		Now    int64
		UserID string `json:"user_id"`
		Cases  []struct{ Name, Verdict, Token string }
	}
	readJSON(t, "testdata/python_tokens.json", &file)
	if len(file.Cases) < 28 {
		t.Fatalf("only %d cases were read", len(file.Cases))
	}
	s := mustSigner(t, at(time.Unix(file.Now, 0)))
	for _, c := range file.Cases {
		t.Run(c.Verdict+": "+c.Name, func(t *testing.T) {
			got, err := s.Verify(c.Token)
			if verdict := verdictOf(err); verdict != c.Verdict {
				t.Fatalf("it is %s (%v)", verdict, err)
			}
			if err != nil && strings.Contains(err.Error(), c.Token[:20]) {
				t.Errorf("the error quotes the token: %v", err)
			}
			if err == nil && got.UserID.String() != file.UserID {
				t.Errorf("for user %v, want %v", got.UserID, file.UserID)
			}
		})
	}
}

func verdictOf(err error) string {
	switch {
	case err == nil:
		return "valid"
	case errors.Is(err, auth.ErrExpiredToken):
		return "expired"
	case errors.Is(err, auth.ErrInvalidToken):
		return "invalid"
	}
	return err.Error()
}

// pythonVerify decodes a token as strictly as PyJWT can.
const pythonVerify = `
import json, sys, jwt
given = json.load(sys.stdin)
options = {"require": ["exp", "iat", "sub"]}
print(json.dumps(jwt.decode(given["Token"], given["Key"], algorithms=["HS256"], options=options)))
`

func TestPythonAcceptsOurTokens(t *testing.T) {
	before := time.Now().Unix()
	token := mustIssue(t, mustSigner(t, time.Now))
	input, err := json.Marshal(map[string]string{"Token": token, "Key": testKey})
	if err != nil {
		t.Fatal(err)
	}
	out := testprogram.Python(t, "jwt", "python3-jwt", pythonVerify, string(input))

	var got struct {
		Sub, Rol           string
		UserID             string `json:"user_id"`
		CompanyID          string `json:"empresa_id"`
		Superadmin         bool   `json:"es_superadmin"`
		MustChangePassword bool   `json:"debe_cambiar_password"`
		Iat, Exp           int64
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Sub != testClaims.Email || got.Rol != "admin" || !got.Superadmin || !got.MustChangePassword ||
		got.UserID != testClaims.UserID.String() || got.CompanyID != testClaims.CompanyID.String() {
		t.Errorf("Python reads %s", out)
	}
	if got.Exp-got.Iat != 3600 || got.Iat < before {
		t.Errorf("Python reads iat %d and exp %d", got.Iat, got.Exp)
	}
}

func TestHashesThatPythonMadeMatch(t *testing.T) {
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

func TestPythonMatchesOurHashes(t *testing.T) {
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
		t.Errorf("Python says %s, want %s", got, want)
	}
}
