package account

import (
	"context"
	"time"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/audit"
)

// isUntried tells of a refusal that says nothing about the password, which was
// not looked at: its owner has to wait, or the server was too busy.
func isUntried(err error) bool {
	code := apperr.CodeOf(err)
	return code == apperr.RateLimited || code == apperr.Overloaded
}

// reasonOf is why a password was not tried, for the audit log; nothing when it
// was.
func reasonOf(refusal error) []audit.Change {
	if !isUntried(refusal) {
		return nil
	}
	return []audit.Change{{Field: "reason", New: new(string(apperr.CodeOf(refusal)))}}
}

// delayRefusal waits, if the password was not tried, before the caller hears it,
// or until the caller is gone: someone who guesses in a loop and is refused at once
// would keep the processors busier with refusals than with passwords.
func (s *Service) delayRefusal(ctx context.Context, err error) {
	if !isUntried(err) {
		return
	}
	select {
	case <-time.After(s.refusalDelay):
	case <-ctx.Done():
	}
}
