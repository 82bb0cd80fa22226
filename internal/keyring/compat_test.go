package keyring_test

import (
	"encoding/json"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
)

type vector struct {
	Why, Plaintext, Token string
}

type specFile struct {
	TestKey  string `json:"test_key"`
	Generate struct {
		MadeAt    uint64 `json:"made_at"`
		IV        []byte
		Plaintext string
		Token     string
	}
	Ageless []vector `json:"opens_because_nothing_expires"`
	Invalid []vector
}

func TestTheVectorsOfTheSpecification(t *testing.T) {
	var spec specFile
	readJSON(t, "testdata/spec_vectors.json", &spec)
	key, err := keyring.ParseKey(spec.TestKey)
	if err != nil {
		t.Fatal(err)
	}
	r := keyring.NewRing(key)

	t.Run("generate: the tests' own writer makes this token", func(t *testing.T) {
		g := spec.Generate
		if got := seal(decodeKey(t, spec.TestKey), g.MadeAt, g.IV, g.Plaintext); got != g.Token {
			t.Errorf("made %s, want %s", got, g.Token)
		}
	})
	opens := append(spec.Ageless, vector{"verify", spec.Generate.Plaintext, spec.Generate.Token})
	for _, v := range opens {
		t.Run("opens: "+v.Why, func(t *testing.T) {
			if got, err := r.Decrypt(v.Token); err != nil || got != v.Plaintext {
				t.Errorf("Decrypt = %q, %v", got, err)
			}
		})
	}
	for _, v := range spec.Invalid {
		t.Run("refused: "+v.Why, func(t *testing.T) { refuses(t, r, v.Token) })
	}
	if len(opens) != 3 || len(spec.Invalid) != 8 {
		t.Errorf("%d and %d vectors were read", len(opens), len(spec.Invalid))
	}
}

type pythonFile struct {
	TestKeys map[string]string `json:"test_keys"`
	Tokens   []struct {
		Key       string
		MadeAt    uint64 `json:"made_at"`
		Plaintext string
		Token     string
	}
}

func TestTokensThatPythonMadeOpen(t *testing.T) {
	var file pythonFile
	readJSON(t, "testdata/python_tokens.json", &file)
	if len(file.Tokens) < 12 {
		t.Fatalf("only %d tokens were read", len(file.Tokens))
	}
	primary, err := keyring.ParseKey(file.TestKeys["primary"])
	if err != nil {
		t.Fatal(err)
	}
	old, err := keyring.ParseKey(file.TestKeys["old"])
	if err != nil {
		t.Fatal(err)
	}
	r := keyring.NewRing(primary, old)
	for _, tok := range file.Tokens {
		if got, err := r.Decrypt(tok.Token); err != nil || got != tok.Plaintext {
			t.Errorf("%s key, %q: Decrypt = %q, %v", tok.Key, tok.Plaintext, got, err)
		}
		if madeAt, _ := parts(t, tok.Token); madeAt != tok.MadeAt {
			t.Errorf("made at %d, want %d", madeAt, tok.MadeAt)
		}
		want := map[string]int{"primary": 0, "old": 1}[tok.Key]
		if i, ok := r.KeyIndex(tok.Token); !ok || i != want {
			t.Errorf("%s key: KeyIndex = %d, %v", tok.Key, i, ok)
		}
	}
}

// pythonDecrypt opens tokens as the Python service does and reports each
// plaintext and timestamp.
const pythonDecrypt = `
import json, sys
from cryptography.fernet import Fernet
given = json.load(sys.stdin)
fernet = Fernet(given["Key"])
print(json.dumps([
    {"plaintext": fernet.decrypt(t.encode()).decode(), "made_at": fernet.extract_timestamp(t.encode())}
    for t in given["Tokens"]]))
`

func TestPythonOpensWhatTheRingMakes(t *testing.T) {
	r := mustRing(t, primaryText, oldText)
	want := []string{"", "sk-test-0123456789", "sixteen bytes...", "clave 鍵 🔑", "rotated"}
	var tokens []string
	for _, plaintext := range want[:4] {
		tokens = append(tokens, mustEncrypt(t, r, plaintext))
	}
	rotated, err := r.Rotate(seal([]byte(oldText), 499162800, make([]byte, 16), "rotated"))
	if err != nil {
		t.Fatal(err)
	}
	tokens = append(tokens, rotated)

	input, err := json.Marshal(map[string]any{"Key": mustKey(t, primaryText).Encoded(), "Tokens": tokens})
	if err != nil {
		t.Fatal(err)
	}
	out := testprogram.Python(t, "cryptography", "python3-cryptography", pythonDecrypt, string(input))
	var got []struct {
		Plaintext string
		MadeAt    uint64 `json:"made_at"`
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("Python opened %d of %d tokens", len(got), len(want))
	}
	for i, g := range got {
		if g.Plaintext != want[i] {
			t.Errorf("Python reads %q, want %q", g.Plaintext, want[i])
		}
	}
	if last := got[len(got)-1]; last.MadeAt != 499162800 {
		t.Errorf("Python reads a rotated token's timestamp as %d", last.MadeAt)
	}
}

// A key that Python takes must mean the same here, and one that we take must
// mean the same there.
func TestPythonReadsAKeyAsWeDo(t *testing.T) {
	key, err := keyring.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	const script = `
import sys
from cryptography.fernet import Fernet
print(Fernet(sys.stdin.read()).encrypt(b"from Python").decode())
`
	token := testprogram.Python(t, "cryptography", "python3-cryptography", script, key.Encoded())
	if got, err := keyring.NewRing(key).Decrypt(token); err != nil || got != "from Python" {
		t.Errorf("Decrypt = %q, %v", got, err)
	}
}
