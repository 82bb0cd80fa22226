package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/internal/localpg"
	"github.com/stay-sidekick/profile-server/internal/secret"
)

// dataDir holds what a development run keeps; git ignores it.
const dataDir = ".data"

// StartLocal starts the private database of a development run and puts its
// address and its keys into cfg. The caller stops it.
func StartLocal(ctx context.Context, cfg *config.Config, log *slog.Logger) (*localpg.Server, error) {
	server, err := localpg.Start(ctx, localpg.Options{Dir: dataDir, Log: log})
	if err != nil {
		return nil, err
	}
	if err := useLocalKeys(cfg, filepath.Join(dataDir, "keys.json")); err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return server, nil
}

// localKeys are made once and kept, so that tokens and stored keys survive a
// restart.
type localKeys struct {
	JWT    string `json:"JWT_SECRET_KEY"`
	Fernet string `json:"FERNET_KEY"`
}

// useLocalKeys fills in the keys that the environment did not set.
func useLocalKeys(cfg *config.Config, file string) error {
	kept, err := readLocalKeys(file)
	if errors.Is(err, fs.ErrNotExist) {
		kept, err = makeLocalKeys(file)
	}
	if err != nil {
		return err
	}
	fernet, err := secret.ParseKey(kept.Fernet)
	if err != nil {
		return fmt.Errorf("%s: FERNET_KEY: %w", file, err)
	}
	if len(kept.JWT) < auth.MinKeyBytes {
		return fmt.Errorf("%s: JWT_SECRET_KEY has fewer than %d bytes", file, auth.MinKeyBytes)
	}
	if cfg.JWTKey == nil {
		cfg.JWTKey = []byte(kept.JWT)
	}
	if cfg.FernetKey == nil {
		cfg.FernetKey = &fernet
	}
	return nil
}

func readLocalKeys(file string) (keys localKeys, err error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return keys, err
	}
	if err := json.Unmarshal(content, &keys); err != nil {
		return keys, fmt.Errorf("%s: %w", file, err)
	}
	return keys, nil
}

func makeLocalKeys(file string) (keys localKeys, err error) {
	fernet, err := secret.GenerateKey()
	if err != nil {
		return keys, err
	}
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails
	keys = localKeys{JWT: hex.EncodeToString(random), Fernet: fernet.Encoded()}
	content, err := json.MarshalIndent(keys, "", "  ")
	if err != nil {
		return keys, err
	}
	return keys, writeWhole(file, append(content, '\n'))
}

// writeWhole leaves no half of a file behind when it is interrupted.
func writeWhole(file string, content []byte) error {
	unfinished := file + ".new"
	if err := os.WriteFile(unfinished, content, 0o600); err != nil {
		return err
	}
	return os.Rename(unfinished, file)
}
