package devdb

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/config"
)

// newClone returns the working directory of a first development run.
func newClone(t *testing.T) *os.Root {
	t.Helper()
	dir, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	if err := dir.Mkdir(".data", 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func useKeys(t *testing.T, cfg *config.Config, dir *os.Root) {
	t.Helper()
	if err := loadKeys(cfg, dir); err != nil {
		t.Fatal(err)
	}
}

func TestDevelopmentKeysAreCreatedOnceUnlessTheEnvironmentHasThem(t *testing.T) {
	t.Parallel()
	dir := newClone(t)
	var first, second config.Config
	useKeys(t, &first, dir)
	useKeys(t, &second, dir)
	if len(first.JWTKey) < 32 || !bytes.Equal(first.JWTKey, second.JWTKey) || first.FernetKey.Encoded() != second.FernetKey.Encoded() {
		t.Error("the second run has other keys")
	}
	if info, err := dir.Stat(keysFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	var other config.Config
	useKeys(t, &other, newClone(t))
	if bytes.Equal(first.JWTKey, other.JWTKey) || first.FernetKey.Encoded() == other.FernetKey.Encoded() {
		t.Error("another directory has the same keys")
	}
	set := config.Config{JWTKey: []byte("mine"), FernetKey: other.FernetKey}
	useKeys(t, &set, dir)
	if string(set.JWTKey) != "mine" || set.FernetKey != other.FernetKey {
		t.Error("keys of the environment were replaced")
	}
}

func TestDamagedKeysFileIsReportedAndKept(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"empty":      "",
		"cut":        `{"JWT_SECRET_KEY": "canary`,
		"no key":     `{"JWT_SECRET_KEY": "canary-canary-canary-canary-canary"}`,
		"broken key": `{"JWT_SECRET_KEY": "canary-canary-canary-canary-canary", "FERNET_KEY": "canary"}`,
		"short key":  `{"JWT_SECRET_KEY": "canary", "FERNET_KEY": "dGVzdC1rZXktdGVzdC1rZXktdGVzdC1rZXktdGVzdC0="}`,
	} {
		dir := newClone(t)
		file := filepath.Join(dir.Name(), keysFile)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		err := loadKeys(&config.Config{}, dir)
		if err == nil || !strings.HasPrefix(err.Error(), keysFile+": ") || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: got %v", name, err)
		}
		if kept, _ := os.ReadFile(file); string(kept) != content {
			t.Errorf("%s: the file was replaced, so stored ciphertexts are lost", name)
		}
	}
}

func TestDevelopmentKeysAreNotWrittenThroughASymbolicLink(t *testing.T) {
	t.Parallel()
	for _, name := range []string{keysFile, temporaryFile, dataDir} {
		clone, outside := newClone(t), t.TempDir()
		target := outside
		if name != dataDir {
			target = filepath.Join(outside, "target")
		}
		if err := errors.Join(clone.RemoveAll(name), clone.Symlink(target, name)); err != nil {
			t.Fatal(err)
		}
		err := loadKeys(&config.Config{}, clone)
		if made, _ := os.ReadDir(outside); len(made) > 0 {
			t.Errorf("%s led to %v, %v", name, made, err)
		}
	}
}
