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
	// dataDir holds the instance and the keys of development runs; git ignores it.
	dataDir       = ".data"
	keysFile      = dataDir + "/keys.json"
	temporaryFile = keysFile + ".new" // renamed to keysFile when it is complete
)

// errNoDatabase means that Reopen found no database.
var errNoDatabase = errors.New("DATABASE_URL is not set, and there is no private database in " + dataDir + ": the command serve creates one")

// Open starts the private database of development runs, which it creates when there
// is none, and sets the keys of cfg that the environment did not set. The caller
// stops the server.
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
	if err := loadKeys(cfg, here); err != nil {
		return nil, errors.Join(err, server.Stop())
	}
	return server, nil
}

// Reopen is Open for an existing database. It fails when there is none.
func Reopen(ctx context.Context, cfg *config.Config, log *slog.Logger) (*Server, error) {
	_, err := os.Stat(keysFile)
	if err != nil || !hasData(dataDir) {
		return nil, errNoDatabase
	}
	return Open(ctx, cfg, log)
}

// Remove deletes the private database of development runs and its keys, and their
// directory when it is empty then. It succeeds when there is none.
func Remove() error {
	here, err := os.OpenRoot(".")
	if err != nil {
		return err
	}
	defer here.Close()
	if err := deleteServer(dataDir); err != nil {
		return fmt.Errorf("%s: %w", dataDir, err)
	}
	for _, file := range []string{keysFile, temporaryFile} {
		if err := here.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	_ = os.Remove(dataDir) // fails when it is not empty or does not exist
	return nil
}

// developmentKeys is the content of keysFile. The keys are kept so that tokens and
// ciphertexts stay valid after a restart.
type developmentKeys struct {
	JWT    string `json:"JWT_SECRET_KEY"`
	Fernet string `json:"FERNET_KEY"`
}

// loadKeys sets the keys of cfg that the environment did not set. It creates
// keysFile when it does not exist.
func loadKeys(cfg *config.Config, here *os.Root) error {
	content, err := here.ReadFile(keysFile)
	if errors.Is(err, fs.ErrNotExist) {
		content, err = createKeys(here)
	}
	if err != nil {
		return err
	}
	var kept developmentKeys
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

// createKeys writes new keys to keysFile and returns its content. An interruption
// leaves no incomplete keysFile, and no symbolic link leads it out of here.
func createKeys(here *os.Root) ([]byte, error) {
	fernet, err := keyring.GenerateKey()
	if err != nil {
		return nil, err
	}
	content, err := json.MarshalIndent(developmentKeys{JWT: auth.GenerateKey(), Fernet: fernet.Encoded()}, "", "  ")
	if err != nil {
		return nil, err
	}
	_ = here.Remove(temporaryFile) // of an interrupted start, or a link
	file, err := here.OpenFile(temporaryFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = file.Write(append(content, '\n'))
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	return content, here.Rename(temporaryFile, keysFile)
}
