package command

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/stay-sidekick/profile-server/internal/check"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/internal/rotation"
	"github.com/stay-sidekick/profile-server/internal/secret"
)

// ErrUnopened says that some stored tokens open with no configured key. The
// binary then exits with 2.
var ErrUnopened = errors.New("no configured key opens")

// RotateKeys encrypts the stored keys anew.
type RotateKeys struct {
	Check bool `help:"Only count: when FERNET_OLD_KEYS opens 0, the old keys can go."`
}

// Run prints what became of the stored tokens, by column and key.
func (c *RotateKeys) Run(g *Globals) error {
	s, err := open(g)
	if err != nil {
		return err
	}
	defer s.close()
	if c.Check {
		return s.countTokens(g)
	}
	counts, err := rotation.Run(g.Context, s.app.DB, s.app.Keys, progressOn(g.Err))
	if err != nil {
		return fmt.Errorf("stopped, and can be run again: %w", err)
	}
	for _, count := range counts {
		_, _ = fmt.Fprintf(g.Out, "%s: %d rotated, %d under FERNET_KEY already, %d that no key opens\n",
			count.Column, count.Rotated, count.Current, len(count.Broken))
	}
	// What others were writing meanwhile was skipped, so the end is counted anew.
	return s.countTokens(g)
}

// countTokens says which key opens how many of the stored tokens.
func (s *session) countTokens(g *Globals) error {
	count, err := s.allTokens(g.Context)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(g.Out, "stored keys: %d; FERNET_KEY opens %d, FERNET_OLD_KEYS %d, none %d\n",
		count.Stored(), count.Primary, count.Old, len(count.Broken))
	return unopened(count.Broken)
}

// allTokens looks at every stored token.
func (s *session) allTokens(ctx context.Context) (count check.TokenCount, err error) {
	err = s.app.DB.Patiently(ctx, func(q *sqlc.Queries) error {
		count, err = check.Tokens(ctx, q, s.app.Keys, check.All)
		return err
	})
	return count, err
}

func unopened(broken []string) error {
	if len(broken) == 0 {
		return nil
	}
	return fmt.Errorf("%w %s", ErrUnopened, strings.Join(broken, ", "))
}

// progressOn shows how far it is, where somebody watches.
func progressOn(w io.Writer) func(rotation.Count) {
	file, ok := w.(*os.File)
	if !ok {
		return func(rotation.Count) {}
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return func(rotation.Count) {}
	}
	return func(count rotation.Count) {
		_, _ = fmt.Fprintf(w, "\r%s: %d", count.Column, count.Seen())
	}
}

// GenKey prints new keys.
type GenKey struct{}

// Run prints a Fernet key and a JWT key, as settings.
func (GenKey) Run(g *Globals) error {
	fernet, err := secret.GenerateKey()
	if err != nil {
		return err
	}
	jwt := make([]byte, 32)
	_, _ = rand.Read(jwt) // never fails
	_, err = fmt.Fprintf(g.Out, "FERNET_KEY=%s\nJWT_SECRET_KEY=%s\n", fernet.Encoded(), hex.EncodeToString(jwt))
	return err
}
