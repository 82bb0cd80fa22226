// Package throttle rate-limits password attempts. Its counts are in the
// database, so that all replicas share them, and are of attempts, not of
// requests.
package throttle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"net/netip"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// Throttle is safe for concurrent use.
type Throttle struct {
	db  *db.DB
	now func() time.Time
}

// New makes a Throttle with the given clock.
func New(db *db.DB, now func() time.Time) *Throttle {
	return &Throttle{db: db, now: now}
}

// Account is the account of an attempt.
type Account struct {
	Email string    // as the client sent it, normalized
	ID    uuid.UUID // uuid.Nil when no user has the e-mail address
	// PasswordChangedAt is nil when the user never changed the password.
	PasswordChangedAt *time.Time
	// ResetAt is nil when nobody reset the password.
	ResetAt *time.Time
}

// Attempt is a password check that may go ahead. It counts as a failure until
// Succeeded or Refund.
type Attempt struct {
	// Known reports that the user signed in from this address within
	// KnownAddressLife, and since the last password change.
	Known bool

	throttle *Throttle
	cleared  [][]byte // counts that a success deletes
	shared   [][]byte // counts from which a success takes only its own attempt
}

// limit is a rule for the count of a key.
type limit struct {
	key  []byte
	rule rule
	// free is how many failures pass without a wait, whatever the clocks of
	// other attempts and replicas have left behind.
	free int
	// shared marks a count to which other addresses or tokens contribute.
	shared bool
	// onlyAfter is the key of a count; the limit does not bind while that one has
	// no failure. Nil for a limit that always binds.
	onlyAfter []byte
}

// SignIn counts an attempt on an account, whether it exists or not. Each client
// address (/64 for IPv6) has 5 free failures on an account, then waits double
// from 30 seconds to 15 minutes. All unknown addresses together have 100
// failures an hour on an account. An invalid address counts as unknown, and has
// no limit of its own. Beyond a limit the error is a apperr.Error with the code
// RateLimited.
func (t *Throttle) SignIn(ctx context.Context, account Account, address netip.Addr) (*Attempt, error) {
	known, err := t.isKnown(ctx, account, address)
	if err != nil {
		return nil, err
	}
	counted := keyOf("sign-in", account.Email)
	var limits []limit
	if address.IsValid() {
		limits = append(limits, limit{key: below(counted, auth.Network(address)), rule: doubling, free: freeFailures})
	}
	if !known {
		limits = append(limits, limit{key: counted, rule: hourly, free: hourlyFailures, shared: true})
	}
	attempt, err := t.begin(ctx, limits)
	if err != nil {
		return nil, err
	}
	attempt.Known = known
	return attempt, nil
}

// ChangePassword counts an attempt of a signed-in user to give the current
// password. Each token, from whatever address, and each address of the user
// have 5 free failures, then waits double from 30 seconds to 15 minutes. All
// tokens of a user together have 100 failures an hour; this limit binds only
// tokens that failed. Failed sign-ins do not count here. The error is that of
// SignIn.
func (t *Throttle) ChangePassword(ctx context.Context, user uuid.UUID, token [sha256.Size]byte, address netip.Addr) (*Attempt, error) {
	counted := changeKey(user)
	ofToken := below(counted, "token", string(token[:]))
	limits := []limit{
		{key: ofToken, rule: doubling, free: freeFailures},
		{key: counted, rule: hourly, free: hourlyFailures, shared: true, onlyAfter: ofToken},
	}
	if address.IsValid() {
		limits = append(limits, limit{key: below(counted, auth.Network(address)), rule: doubling, free: freeFailures})
	}
	return t.begin(ctx, limits)
}

// Succeeded forgets the failures of the address and the token, and takes this
// attempt out of the other counts. It belongs into the transaction of q if there
// is one.
func (a *Attempt) Succeeded(ctx context.Context, q *sqlc.Queries) error {
	return q.AttemptsSettle(ctx, sqlc.AttemptsSettleParams{Cleared: a.cleared, Refunded: a.shared, At: a.throttle.now()})
}

// Refund takes the attempt back, because the password could not be checked or
// was right to no avail. It does not wait long for a database in trouble.
func (a *Attempt) Refund(ctx context.Context) error {
	q := a.throttle.db.BriefQueries()
	all := slices.Concat(a.cleared, a.shared)
	return q.AttemptsSettle(context.WithoutCancel(ctx), sqlc.AttemptsSettleParams{Cleared: [][]byte{}, Refunded: all, At: a.throttle.now()})
}

// Reset forgets all attempts on an account, and its known addresses.
func Reset(ctx context.Context, q *sqlc.Queries, email string, user uuid.UUID) error {
	signIns, changes := keyOf("sign-in", email), changeKey(user)
	err := q.AttemptsForget(ctx, sqlc.AttemptsForgetParams{
		FirstFrom: prefixOf(signIns), FirstTo: lastBelow(signIns),
		SecondFrom: prefixOf(changes), SecondTo: lastBelow(changes),
	})
	if err != nil {
		return err
	}
	return q.KnownAddressesDelete(ctx, user)
}

// begin counts the attempt under every limit, or under none when one of them is
// reached.
func (t *Throttle) begin(ctx context.Context, limits []limit) (*Attempt, error) {
	now := t.now().UTC().Truncate(time.Microsecond)
	err := t.db.InTx(ctx, func(q *sqlc.Queries) error {
		counts, err := lock(ctx, q, limits, now)
		if err != nil {
			return err
		}
		next := sqlc.AttemptsStoreParams{}
		for _, l := range limits {
			if wait := l.wait(counts, now); wait > 0 {
				return &apperr.Error{Code: apperr.RateLimited, Message: apperr.TooManyAttempts, RetryAfter: wait}
			}
			c := l.rule(counts[string(l.key)], now)
			next.Keys = append(next.Keys, l.key)
			next.Failures = append(next.Failures, int32(c.failures))
			next.Since = append(next.Since, c.since)
			next.FreeAt = append(next.FreeAt, c.freeAt)
		}
		return q.AttemptsStore(ctx, next)
	})
	if err != nil {
		return nil, err
	}
	attempt := &Attempt{throttle: t}
	for _, l := range limits {
		if l.shared {
			attempt.shared = append(attempt.shared, l.key)
		} else {
			attempt.cleared = append(attempt.cleared, l.key)
		}
	}
	return attempt, nil
}

// lock reads the counts of all limits by their keys, and keeps other attempts on
// them waiting until the transaction ends.
func lock(ctx context.Context, q *sqlc.Queries, limits []limit, now time.Time) (map[string]count, error) {
	var keys [][]byte
	for _, l := range limits {
		keys = append(keys, l.key)
	}
	rows, err := q.AttemptsLock(ctx, sqlc.AttemptsLockParams{Keys: keys, At: now})
	counts := make(map[string]count, len(rows))
	for _, row := range rows {
		counts[string(row.Key)] = count{failures: int(row.Failures), since: row.Since, freeAt: row.FreeAt}
	}
	return counts, err
}

// wait returns how long an attempt must wait, at most 0 when it may go ahead.
func (l limit) wait(counts map[string]count, now time.Time) time.Duration {
	if l.onlyAfter != nil && counts[string(l.onlyAfter)].failures == 0 {
		return 0
	}
	c := counts[string(l.key)]
	if c.failures < l.free {
		return 0
	}
	return c.freeAt.Sub(now)
}

func changeKey(user uuid.UUID) []byte { return keyOf("change-password", user.String()) }

// keyOf hashes what is counted. The parts cannot run into each other.
func keyOf(parts ...string) []byte {
	h := sha256.New()
	for _, part := range parts {
		_, _ = h.Write([]byte(part))
		_, _ = h.Write([]byte{0})
	}
	return h.Sum(nil)
}

// below returns the key of a part of an account's attempts. It has the first
// half of the account's key, by which Reset finds it.
func below(account []byte, parts ...string) []byte {
	key := keyOf(append(parts, string(account))...)
	copy(key, prefixOf(account))
	return key
}

func prefixOf(account []byte) []byte { return account[:sha256.Size/2] }

// lastBelow is the greatest key that starts with the account's prefix.
func lastBelow(account []byte) []byte {
	prefix := prefixOf(account)
	return append(bytes.Clone(prefix), bytes.Repeat([]byte{0xff}, sha256.Size-len(prefix))...)
}
