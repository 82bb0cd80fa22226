package devdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/internal/keyring"
)

const (
	// dataDir holds what a development run keeps; git ignores it.
	dataDir        = ".data"
	keysFile       = dataDir + "/keys.json"
	unfinishedFile = keysFile + ".new" // what keysFile is until it is whole
)

// errNoDemo says that there is nothing to reopen.
var errNoDemo = errors.New("DATABASE_URL is not set, and no development run has made a private database in " + dataDir + " yet: the command serve does")

// Open starts the private database of a development run, made first where
// there is none, and puts its keys into cfg. The caller stops it.
func Open(ctx context.Context, cfg *config.Config, log *slog.Logger) (*Server, error) {
	here, err := os.OpenRoot(".")
	if err != nil {
		return nil, err
	}
	defer here.Close()
	log.InfoContext(ctx, "DATABASE_URL is not set: using a private database, for development only")
	server, err := StartServer(ctx, Options{Dir: dataDir, Log: log})
	if err != nil {
		return nil, err
	}
	if err := useLocalKeys(cfg, here); err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return server, nil
}

// Reopen is Open where there is a database with its keys. It makes
// none.
func Reopen(ctx context.Context, cfg *config.Config, log *slog.Logger) (*Server, error) {
	_, err := os.Stat(keysFile)
	if err != nil || !hasData(dataDir) {
		return nil, errNoDemo
	}
	return Open(ctx, cfg, log)
}

// Remove deletes the private database of development runs and its keys, and
// their folder when nothing else is in it. It does nothing where there is none.
func Remove() error {
	here, err := os.OpenRoot(".")
	if err != nil {
		return err
	}
	defer here.Close()
	if err := deleteServer(dataDir); err != nil {
		return fmt.Errorf("%s: %w", dataDir, err)
	}
	for _, file := range []string{keysFile, unfinishedFile} {
		if err := here.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
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
func useLocalKeys(cfg *config.Config, here *os.Root) error {
	content, err := here.ReadFile(keysFile)
	if errors.Is(err, fs.ErrNotExist) {
		content, err = makeLocalKeys(here)
	}
	if err != nil {
		return err
	}
	var kept localKeys
	if err := json.Unmarshal(content, &kept); err != nil {
		return fmt.Errorf("%s: %w", keysFile, err)
	}
	fernet, err := keyring.ParseKey(kept.Fernet)
	if err != nil {
		return fmt.Errorf("%s: FERNET_KEY: %w", keysFile, err)
	}
	if len(kept.JWT) < auth.MinKeyBytes {
		return fmt.Errorf("%s: JWT_SECRET_KEY has fewer than %d bytes", keysFile, auth.MinKeyBytes)
	}
	if cfg.JWTKey == nil {
		cfg.JWTKey = []byte(kept.JWT)
	}
	if cfg.FernetKey == nil {
		cfg.FernetKey = &fernet
	}
	return nil
}

// makeLocalKeys writes new keys and returns what it wrote. It leaves no half of a
// file behind when it is interrupted, and follows no link out of here.
func makeLocalKeys(here *os.Root) ([]byte, error) {
	fernet, err := keyring.GenerateKey()
	if err != nil {
		return nil, err
	}
	content, err := json.MarshalIndent(localKeys{JWT: auth.GenerateKey(), Fernet: fernet.Encoded()}, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := here.Remove(unfinishedFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f, err := here.OpenFile(unfinishedFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(append(content, '\n'))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return content, here.Rename(unfinishedFile, keysFile)
}
