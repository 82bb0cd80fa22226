package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/keyring"
)

var (
	// ErrUnopened says that some stored keys open with no configured key. The
	// binary then exits with 2.
	ErrUnopened = errors.New("no configured key opens")
	// ErrLeft says that some stored keys are still under an old key, because
	// others were writing them. The binary then exits with 3.
	ErrLeft = errors.New("left under old keys: run it again")
)

// RotateKeys encrypts the stored keys anew.
type RotateKeys struct {
	Check bool `help:"Only count: when 0 are under old keys, FERNET_OLD_KEYS can go."`
}

// Run prints what became of the stored keys, by column and by the key that opens
// them. It fails with ErrUnopened, and without --check also with ErrLeft.
func (c *RotateKeys) Run(g *Globals) error {
	s, err := open(g)
	if err != nil {
		return err
	}
	defer s.close()
	if c.Check {
		count, err := keyring.CountStored(g.Context, s.app.DB, s.app.Keys)
		if err != nil {
			return err
		}
		printTokens(g.Out, count, nil)
		return unopened(count)
	}
	line := progressOn(g.Err)
	result, err := keyring.Rotate(g.Context, s.app.DB, s.app.Keys, line.show)
	line.end()
	if err != nil {
		return fmt.Errorf("stopped, and can be run again: %w", err)
	}
	printTokens(g.Out, result.Tokens, result.Rotated)
	return errors.Join(unopened(result.Tokens), left(result.Tokens))
}

func unopened(count keyring.StoredCount) error {
	broken := count.Broken()
	if len(broken) == 0 {
		return nil
	}
	return fmt.Errorf("%w %s", ErrUnopened, strings.Join(broken, ", "))
}

func left(count keyring.StoredCount) error {
	if count.Old() == 0 {
		return nil
	}
	return fmt.Errorf("%d %w", count.Old(), ErrLeft)
}

// GenKey prints new keys.
type GenKey struct{}

// Run prints a Fernet key and a JWT key, as settings.
func (GenKey) Run(g *Globals) error {
	fernet, err := keyring.GenerateKey()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.Out, "FERNET_KEY=%s\nJWT_SECRET_KEY=%s\n", fernet.Encoded(), auth.GenerateKey())
	return err
}
