package app

import (
	"context"
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

const (
	// dataDir holds what a development run keeps; git ignores it.
	dataDir  = ".data"
	keysFile = "keys.json" // in dataDir
)

// errNoDemo says that there is nothing to reopen.
var errNoDemo = errors.New("DATABASE_URL is not set, and no development run has made a private database in " + dataDir + " yet: the command serve does")

// StartLocal starts the private database of a development run, made first where
// there is none, and puts its keys into cfg. The caller stops it.
func StartLocal(ctx context.Context, cfg *config.Config, log *slog.Logger) (*localpg.Server, error) {
	log.InfoContext(ctx, "DATABASE_URL is not set: using a private database, for development only")
	server, err := localpg.Start(ctx, localpg.Options{Dir: dataDir, Log: log})
	if err != nil {
		return nil, err
	}
	if err := useLocalKeys(cfg, filepath.Join(dataDir, keysFile)); err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return server, nil
}

// ReopenLocal is StartLocal where there is a database with its keys. It makes
// none.
func ReopenLocal(ctx context.Context, cfg *config.Config, log *slog.Logger) (*localpg.Server, error) {
	_, err := os.Stat(filepath.Join(dataDir, keysFile))
	if err != nil || !localpg.HasData(dataDir) {
		return nil, errNoDemo
	}
	return StartLocal(ctx, cfg, log)
}

// DeleteLocal deletes the private database of development runs and its keys, and
// their folder when nothing else is in it. It does nothing where there is none.
func DeleteLocal() error {
	if err := localpg.Delete(localpg.Options{Dir: dataDir}); err != nil {
		return fmt.Errorf("%s: %w", dataDir, err)
	}
	keys := filepath.Join(dataDir, keysFile)
	for _, file := range []string{keys, unfinished(keys)} {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	_ = os.Remove(dataDir) // fails when it holds something else, or is not there
	return nil
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
	keys = localKeys{JWT: auth.GenerateKey(), Fernet: fernet.Encoded()}
	content, err := json.MarshalIndent(keys, "", "  ")
	if err != nil {
		return keys, err
	}
	return keys, writeWhole(file, append(content, '\n'))
}

// writeWhole leaves no half of a file behind when it is interrupted.
func writeWhole(file string, content []byte) error {
	if err := os.WriteFile(unfinished(file), content, 0o600); err != nil {
		return err
	}
	return os.Rename(unfinished(file), file)
}

func unfinished(file string) string { return file + ".new" }
