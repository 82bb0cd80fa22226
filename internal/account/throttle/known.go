package throttle

import (
	"context"
	"net/netip"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// KnownAddressLife is the time for which an address stays known after a sign-in.
const KnownAddressLife = 30 * 24 * time.Hour

// isKnown reports whether the address is known for the account. It queries the
// database for unknown users too, so that the latency does not reveal which
// accounts exist. An invalid address is never known.
func (t *Throttle) isKnown(ctx context.Context, account Account, address netip.Addr) (bool, error) {
	if !address.IsValid() {
		return false, nil
	}
	since := t.now().Add(-KnownAddressLife)
	// The Python service and older releases change and reset passwords without
	// deleting known addresses.
	for _, at := range []*time.Time{account.PasswordChangedAt, account.ResetAt} {
		if at != nil && at.After(since) {
			since = *at
		}
	}
	return t.db.Queries().KnownAddressExists(ctx, sqlc.KnownAddressExistsParams{
		UserID: account.ID, AddressSha256: knownKey(account.ID, address), Since: since,
	})
}

// RememberAddress stores the address from which the user has just signed in as
// known. It ignores an invalid address.
func RememberAddress(ctx context.Context, q *sqlc.Queries, user uuid.UUID, address netip.Addr, at time.Time) error {
	if !address.IsValid() {
		return nil
	}
	return q.KnownAddressUpsert(ctx, sqlc.KnownAddressUpsertParams{UserID: user, AddressSha256: knownKey(user, address), At: at})
}

// ForgetOtherAddresses deletes the known addresses of the user, except the given
// one, from which the password was changed. That one stays known if it was known.
func ForgetOtherAddresses(ctx context.Context, q *sqlc.Queries, user uuid.UUID, address netip.Addr, changedAt time.Time) error {
	return q.KnownAddressesKeepOne(ctx, sqlc.KnownAddressesKeepOneParams{
		UserID: user, AddressSha256: knownKey(user, address), At: changedAt, Since: changedAt.Add(-KnownAddressLife),
	})
}

// knownKey is nil for an invalid address.
func knownKey(user uuid.UUID, address netip.Addr) []byte {
	if !address.IsValid() {
		return nil
	}
	return hashKey("known-address", user.String(), auth.Network(address))
}
