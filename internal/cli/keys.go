package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/keyring"
)

var (
	// ErrNotDecryptable means that no configured key decrypts some stored
	// ciphertexts. The exit code is 2.
	ErrNotDecryptable = errors.New("no configured key decrypts")
	// ErrNotRotated means that some ciphertexts are still encrypted with an old key,
	// because another transaction had locked their rows. The exit code is 3.
	ErrNotRotated = errors.New("left under old keys: run it again")
)

// RotateKeys encrypts the stored ciphertexts again with the primary key.
type RotateKeys struct {
	Check bool `help:"Only count. When 0 are under old keys, FERNET_OLD_KEYS can be removed."`
}

// Run prints the number of ciphertexts by column and by the key that decrypts
// them. It fails with ErrNotDecryptable, and without --check also with
// ErrNotRotated.
func (c *RotateKeys) Run(g *Globals, s *session) error {
	if c.Check {
		counts, err := keyring.Count(g.Context, s.app.DB, s.app.Keys)
		if err != nil {
			return err
		}
		printCounts(g.Out, counts, nil)
		return checkDecryptable(counts)
	}
	result, err := keyring.Rotate(g.Context, s.app.DB, s.app.Keys, progress(g.Err))
	if err != nil {
		return fmt.Errorf("stopped, and can be run again: %w", err)
	}
	printCounts(g.Out, result.Counts, result.Rotated)
	return errors.Join(checkDecryptable(result.Counts), checkRotated(result.Counts))
}

func checkDecryptable(counts keyring.Counts) error {
	rows := counts.NotDecryptable()
	if len(rows) == 0 {
		return nil
	}
	return fmt.Errorf("%w %s", ErrNotDecryptable, strings.Join(rows, ", "))
}

func checkRotated(counts keyring.Counts) error {
	if counts.Old() == 0 {
		return nil
	}
	return fmt.Errorf("%d %w", counts.Old(), ErrNotRotated)
}

// GenKey prints a new Fernet key and a new JWT key.
type GenKey struct{}

// Run prints them as settings.
func (GenKey) Run(g *Globals) error {
	fernet, err := keyring.GenerateKey()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.Out, "FERNET_KEY=%s\nJWT_SECRET_KEY=%s\n", fernet.Encoded(), auth.GenerateKey())
	return err
}
