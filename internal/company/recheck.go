package company

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"sync"
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
	var feeders errgroup.Group
	var reporting sync.Mutex
	checks, ctx := errgroup.WithContext(ctx)
	checks.SetLimit(recheckConcurrency)
	for _, rows := range byProvider {
		feeders.Go(func() error {
			limiter := rate.NewLimiter(recheckRate, 1)
			for _, row := range rows {
				if err := limiter.Wait(ctx); err != nil {
					return err
				}
				checks.Go(func() error {
					outcome, err := s.recheck(ctx, row.CompanyID, Kind(row.Integration))
					if err == nil && outcome != nil {
						reporting.Lock()
						defer reporting.Unlock()
						report(*outcome)
					}
					return err
				})
			}
			return nil
		})
	}
	fed := feeders.Wait()
	return cmp.Or(checks.Wait(), fed)
}

// recheck returns nil for a connection that no longer exists or has another API key
// after the check.
func (s *Service) recheck(ctx context.Context, id uuid.UUID, of Kind) (*Rechecked, error) {
	settings, err := s.Settings(ctx, id)
	if errors.Is(err, db.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	i := settings.Integration(of)
	provider := strings.ToLower(i.Provider)
	credentials, err := s.reveal(i.row)
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
	err = s.db.InTx(ctx, func(q *sqlc.Queries) error { return keepIfStored(ctx, q, id, of, i.row, check) })
	if errors.Is(err, db.ErrNotFound) {
		return nil, nil
	}
	return &Rechecked{provider, string(check.Status)}, err
}
