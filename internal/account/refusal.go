package account

import (
	"context"
	"time"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/audit"
)

// isUnchecked reports whether a refusal means that the password was not checked,
// because of a rate limit or a full queue.
func isUnchecked(err error) bool {
	code := apperr.CodeOf(err)
	return code == apperr.RateLimited || code == apperr.Overloaded
}

// uncheckedReason returns the audit change with the reason for which a password was
// not checked, nil when it was checked.
func uncheckedReason(refusal error) []audit.Change {
	if !isUnchecked(refusal) {
		return nil
	}
	return []audit.Change{{Field: "reason", New: new(string(apperr.CodeOf(refusal)))}}
}

// delayRefusal delays the refusal of an unchecked password, until ctx ends. Without
// the delay, a client that repeats attempts in a loop would cause more load by
// refusals than by password checks.
func (s *Service) delayRefusal(ctx context.Context, err error) {
	if !isUnchecked(err) {
		return
	}
	select {
	case <-time.After(s.refusalDelay):
	case <-ctx.Done():
	}
}
