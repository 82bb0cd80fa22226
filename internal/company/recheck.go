package company

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

const (
	// recheckConcurrency is the number of checks at a time.
	recheckConcurrency = 5
	// recheckRate is the number of checks of a provider per second.
	recheckRate = 2
)

// Rechecked is the outcome for a stored connection.
type Rechecked struct {
	Provider string // in lower case
	// Status is that of the check, or the code of the user error that prevented it:
	// KEY_NOT_DECRYPTABLE or ACCOUNT_ID_REQUIRED.
	Status string
}

// Recheck checks every stored connection whose last check is older than before, or that
// was never checked, and keeps the results as last checks. Each provider gets the oldest
// check first, at most two a second; five checks run at a time. The limits of clients do
// not apply, and the audit log gets no entries. Recheck calls report, one call at a time,
// for each connection; it skips those that are removed or replaced meanwhile. When ctx
// ends, it returns the error of ctx, and what was reported is kept.
func (s *Service) Recheck(ctx context.Context, before time.Time, report func(Rechecked)) error {
	var stored []sqlc.ConnectionsToCheckRow
	err := s.db.InLongTx(ctx, func(q *sqlc.Queries) (err error) {
		stored, err = q.ConnectionsToCheck(ctx, before)
		return err
	})
	if err != nil {
		return err
	}
	byProvider := make(map[string][]sqlc.ConnectionsToCheckRow)
	for _, row := range stored {
		provider := strings.ToLower(row.Provider)
		byProvider[provider] = append(byProvider[provider], row)
	}
	slots, reports := make(chan struct{}, recheckConcurrency), make(chan Rechecked)
	group, ctx := errgroup.WithContext(ctx)
	for _, rows := range byProvider {
		limiter := rate.NewLimiter(recheckRate, 1)
		group.Go(func() error {
			for _, row := range rows {
				if err := limiter.Wait(ctx); err != nil {
					return context.Cause(ctx)
				}
				select {
				case slots <- struct{}{}:
				case <-ctx.Done():
					return context.Cause(ctx)
				}
				group.Go(func() error {
					defer func() { <-slots }()
					outcome, err := s.recheck(ctx, row.CompanyID, row.Integration)
					if err == nil && outcome != nil {
						reports <- *outcome
					}
					return err
				})
			}
			return nil
		})
	}
	go func() {
		_ = group.Wait()
		close(reports)
	}()
	for outcome := range reports {
		report(outcome)
	}
	return group.Wait()
}

// recheck returns nil for a connection that no longer exists or has another API key
// after the check.
func (s *Service) recheck(ctx context.Context, id uuid.UUID, name string) (*Rechecked, error) {
	settings, err := s.Settings(ctx, id)
	if errors.Is(err, db.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	i := settings.PMS()
	if name == ai.name {
		i = settings.AI()
	}
	provider := strings.ToLower(i.Provider)
	credentials, err := s.revealForCheck(i.row)
	if refused, ok := errors.AsType[*apperr.UserError](err); ok {
		if refused.Code == apperr.NotConfigured {
			return nil, nil
		}
		return &Rechecked{provider, string(refused.Code)}, nil
	}
	check := newCheck(s.checker.Check(ctx, credentials), credentials.Secret != "", credentials.Provider, i.Model)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(q *sqlc.Queries) error { return keepIfStored(ctx, q, id, i.kind, i.row, check) })
	if errors.Is(err, db.ErrNotFound) {
		return nil, nil
	}
	return &Rechecked{provider, string(check.Status)}, err
}
