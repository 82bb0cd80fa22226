package throttle

import (
	"context"
	"net/netip"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// KnownAddressLife is how long an address stays known after a sign-in.
const KnownAddressLife = 30 * 24 * time.Hour

// isKnown asks the database also about a user who does not exist, so that the
// time does not reveal who does. An invalid address is never known.
func (t *Throttle) isKnown(ctx context.Context, account Account, address netip.Addr) (bool, error) {
	if !address.IsValid() {
		return false, nil
	}
	since := t.now().Add(-KnownAddressLife)
	// The Python service and an older release change and reset passwords, too,
	// and do not forget addresses.
	for _, moment := range []*time.Time{account.PasswordChangedAt, account.ResetAt} {
		if moment != nil && moment.After(since) {
			since = *moment
		}
	}
	return t.db.Queries().KnownAddressExists(ctx, sqlc.KnownAddressExistsParams{
		UserID: account.ID, AddressSha256: addressKey(account.ID, address), Since: since,
	})
}

// Remember makes an address known from which the user has just signed in.
func Remember(ctx context.Context, q *sqlc.Queries, user uuid.UUID, address netip.Addr, at time.Time) error {
	if !address.IsValid() {
		return nil
	}
	return q.KnownAddressUpsert(ctx, sqlc.KnownAddressUpsertParams{UserID: user, AddressSha256: addressKey(user, address), At: at})
}

// ForgetOthers makes every address of the user unknown but the given one, from
// which the password was changed. That one stays known if it was.
func ForgetOthers(ctx context.Context, q *sqlc.Queries, user uuid.UUID, address netip.Addr, changedAt time.Time) error {
	return q.KnownAddressesKeepOne(ctx, sqlc.KnownAddressesKeepOneParams{
		UserID: user, AddressSha256: addressKey(user, address), At: changedAt, Since: changedAt.Add(-KnownAddressLife),
	})
}

// addressKey is nil for an invalid address.
func addressKey(user uuid.UUID, address netip.Addr) []byte {
	if !address.IsValid() {
		return nil
	}
	return keyOf("known-address", user.String(), auth.Network(address))
}
