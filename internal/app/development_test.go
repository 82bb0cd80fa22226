package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/internal/secret"
)

func useKeys(t *testing.T, cfg *config.Config, file string) {
	t.Helper()
	if err := useLocalKeys(cfg, file); err != nil {
		t.Fatal(err)
	}
}

func TestTheKeysOfDevelopmentAreMadeOnceForTheirOwnerOnly(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "keys.json")
	var first, second config.Config
	useKeys(t, &first, file)
	useKeys(t, &second, file)
	if len(first.JWTKey) < 32 || !bytes.Equal(first.JWTKey, second.JWTKey) || first.FernetKey.Encoded() != second.FernetKey.Encoded() {
		t.Error("the second run has other keys")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	var other config.Config
	useKeys(t, &other, filepath.Join(t.TempDir(), "keys.json"))
	if bytes.Equal(first.JWTKey, other.JWTKey) || first.FernetKey.Encoded() == other.FernetKey.Encoded() {
		t.Error("another folder has the same keys")
	}
}

func TestKeysOfTheEnvironmentGoBeforeThoseOfDevelopment(t *testing.T) {
	t.Parallel()
	key, err := secret.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.Config{FernetKey: &key, JWTKey: []byte("mine")}
	useKeys(t, &cfg, filepath.Join(t.TempDir(), "keys.json"))
	if cfg.FernetKey.Encoded() != key.Encoded() || string(cfg.JWTKey) != "mine" {
		t.Error("they were replaced")
	}
}

func TestADamagedFileOfKeysIsNamedAndKept(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"empty":      "",
		"cut":        `{"JWT_SECRET_KEY": "canary`,
		"no key":     `{"JWT_SECRET_KEY": "canary-canary-canary-canary-canary"}`,
		"broken key": `{"JWT_SECRET_KEY": "canary-canary-canary-canary-canary", "FERNET_KEY": "canary"}`,
		"short key":  `{"JWT_SECRET_KEY": "canary", "FERNET_KEY": "dGVzdC1rZXktdGVzdC1rZXktdGVzdC1rZXktdGVzdC0="}`,
	} {
		file := filepath.Join(t.TempDir(), "keys.json")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		err := useLocalKeys(&config.Config{}, file)
		if err == nil || !strings.HasPrefix(err.Error(), file+": ") || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: got %v", name, err)
		}
		if kept, _ := os.ReadFile(file); string(kept) != content {
			t.Errorf("%s: it was replaced, and with it every key that it encrypted", name)
		}
	}
}
