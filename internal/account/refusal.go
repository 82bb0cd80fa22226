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

// refuse records the refusal of a password check, even if ctx has ended, and returns
// it. The entry of an unknown account contains no e-mail address, because the client
// may have sent a password instead. It is written nevertheless, so that the latency
// does not reveal which accounts exist.
func (s *Service) refuse(ctx context.Context, entry audit.Entry, refusal error) error {
	if isUnchecked(refusal) {
		entry.Changes = []audit.Change{{Field: "reason", New: new(string(apperr.CodeOf(refusal)))}}
	}
	if err := audit.Record(context.WithoutCancel(ctx), s.config.DB.Queries(), entry); err != nil {
		return err
	}
	return refusal
}

// delayRefusal delays the refusal of an unchecked password, until ctx ends. Without
// the delay, a client that repeats attempts in a loop would cause more load by
// refusals than by password checks.
func (s *Service) delayRefusal(ctx context.Context, err error) {
	if !isUnchecked(err) {
		return
	}
	select {
	case <-time.After(s.config.RefusalDelay):
	case <-ctx.Done():
	}
}
