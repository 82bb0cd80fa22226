// Package throttle rate-limits password attempts. It counts attempts, not requests,
// in the database, so that all replicas share the counters.
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

// Throttle counts password attempts. It is safe for concurrent use.
type Throttle struct {
	db  *db.DB
	now func() time.Time
}

// New returns a Throttle with the given clock.
func New(db *db.DB, now func() time.Time) *Throttle {
	return &Throttle{db: db, now: now}
}

// Account is the account of an attempt.
type Account struct {
	Email string    // as the client sent it, normalized
	ID    uuid.UUID // uuid.Nil when no user has the e-mail address
	// PasswordChangedAt is nil when the user never changed the password.
	PasswordChangedAt *time.Time
	// ResetAt is nil when the password was never reset.
	ResetAt *time.Time
}

// Attempt is a permitted password check. It counts as a failure until Succeeded or
// Refund is called.
type Attempt struct {
	// Known reports that the user signed in from this address within
	// KnownAddressLife, and since the last password change.
	Known bool

	throttle *Throttle
	cleared  [][]byte // keys of the counters that a success deletes
	shared   [][]byte // keys of the counters that a success decrements
}

// limit applies a rule to the counter with a key.
type limit struct {
	key  []byte
	rule rule
	// onlyAfter is the key of another counter: the limit applies only while that
	// counter has a failure. A limit with nil always applies.
	onlyAfter []byte
	// countOnly counts the attempt without limiting it.
	countOnly bool
}

// SignIn counts an attempt to sign in to an account, which need not exist. For
// each account, a client address (/64 for IPv6) has 5 free failures; after that its
// backoff doubles from 30 seconds to 15 minutes. Each address has 50 failures per hour
// on all accounts together. All unknown addresses of an account together have 100
// failures per hour. The two hourly limits do not apply to an account from an address
// that it knows. An invalid address counts as unknown and has no limit of its own. When
// a limit is reached, the error is an apperr.Error with the code RateLimited.
func (t *Throttle) SignIn(ctx context.Context, account Account, address netip.Addr) (*Attempt, error) {
	known, err := t.isKnown(ctx, account, address)
	if err != nil {
		return nil, err
	}
	accountKey := signInKey(account.Email)
	var limits []limit
	if address.IsValid() {
		limits = append(limits,
			limit{key: subKey(accountKey, auth.Network(address)), rule: exponential},
			limit{key: hashKey("address", auth.Network(address)), rule: hourlyOfAddress, countOnly: known})
	}
	if !known {
		limits = append(limits, limit{key: accountKey, rule: hourly})
	}
	attempt, err := t.consume(ctx, limits)
	if err != nil {
		return nil, err
	}
	attempt.Known = known
	return attempt, nil
}

// ChangePassword counts an attempt of a signed-in user to enter the current
// password. Each token and each address of the user have 5 free failures; after
// that the backoff doubles from 30 seconds to 15 minutes. All tokens of a user
// together have 100 failures per hour; this limit applies only to tokens with a
// failure. Failed sign-ins do not count. The error is that of SignIn.
func (t *Throttle) ChangePassword(ctx context.Context, user uuid.UUID, token [sha256.Size]byte, address netip.Addr) (*Attempt, error) {
	userKey := passwordChangeKey(user)
	tokenKey := subKey(userKey, "token", string(token[:]))
	limits := []limit{
		{key: tokenKey, rule: exponential},
		{key: userKey, rule: hourly, onlyAfter: tokenKey},
	}
	if address.IsValid() {
		limits = append(limits, limit{key: subKey(userKey, auth.Network(address)), rule: exponential})
	}
	return t.consume(ctx, limits)
}

// Succeeded deletes the counters of the address and the token, and removes this
// attempt from the shared counters. It runs in the transaction of q, if any.
func (a *Attempt) Succeeded(ctx context.Context, q *sqlc.Queries) error {
	return q.AttemptsSettle(ctx, sqlc.AttemptsSettleParams{Cleared: a.cleared, Refunded: a.shared, Freed: [][]byte{}, At: a.throttle.now()})
}

// Refund removes the attempt from all counters, because the password was not
// checked, or matched but the request failed. It has a short timeout, so that it
// does not delay the response while the database is unavailable.
func (a *Attempt) Refund(ctx context.Context) error {
	q := a.throttle.db.BriefQueries()
	all := slices.Concat(a.cleared, a.shared)
	return q.AttemptsSettle(context.WithoutCancel(ctx), sqlc.AttemptsSettleParams{Cleared: [][]byte{}, Refunded: all, Freed: a.cleared, At: a.throttle.now()})
}

// Reset deletes all counters of an account and its known addresses.
func Reset(ctx context.Context, q *sqlc.Queries, email string, user uuid.UUID) error {
	signIns, changes := signInKey(email), passwordChangeKey(user)
	err := q.AttemptsForget(ctx, sqlc.AttemptsForgetParams{
		FirstFrom: prefix(signIns), FirstTo: lastSubKey(signIns),
		SecondFrom: prefix(changes), SecondTo: lastSubKey(changes),
	})
	if err != nil {
		return err
	}
	return q.KnownAddressesDelete(ctx, user)
}

// consume counts the attempt in every counter, or in none when a limit is reached.
func (t *Throttle) consume(ctx context.Context, limits []limit) (*Attempt, error) {
	now := t.now().UTC().Truncate(time.Microsecond)
	attempt := &Attempt{throttle: t}
	var keys [][]byte
	for _, l := range limits {
		keys = append(keys, l.key)
		if l.rule.doubling {
			attempt.cleared = append(attempt.cleared, l.key)
		} else { // a counter of several addresses, accounts or tokens
			attempt.shared = append(attempt.shared, l.key)
		}
	}
	err := t.db.InTx(ctx, func(q *sqlc.Queries) error {
		rows, err := q.AttemptsLock(ctx, sqlc.AttemptsLockParams{Keys: keys, At: now})
		if err != nil {
			return err
		}
		counters := make(map[string]counter, len(rows))
		for _, row := range rows {
			counters[string(row.Key)] = counter{failures: int(row.Failures), since: row.Since, freeAt: row.FreeAt}
		}
		next := sqlc.AttemptsStoreParams{Keys: keys}
		for _, l := range limits {
			if wait := l.wait(counters, now); wait > 0 {
				return &apperr.Error{Code: apperr.RateLimited, Message: apperr.TooManyAttempts, RetryAfter: wait}
			}
			c := l.rule.count(counters[string(l.key)], now)
			next.Failures = append(next.Failures, int32(c.failures))
			next.Since = append(next.Since, c.since)
			next.FreeAt = append(next.FreeAt, c.freeAt)
		}
		return q.AttemptsStore(ctx, next)
	})
	if err != nil {
		return nil, err
	}
	return attempt, nil
}

// wait returns the time until the next attempt, 0 or less when it is permitted now.
func (l limit) wait(counters map[string]counter, now time.Time) time.Duration {
	if l.countOnly || (l.onlyAfter != nil && counters[string(l.onlyAfter)].failures == 0) {
		return 0
	}
	c := counters[string(l.key)]
	if c.failures < l.rule.free {
		return 0
	}
	return c.freeAt.Sub(now)
}

func signInKey(email string) []byte { return hashKey("sign-in", email) }

func passwordChangeKey(user uuid.UUID) []byte { return hashKey("change-password", user.String()) }

// hashKey returns the SHA-256 of the parts, with a separator after each.
func hashKey(parts ...string) []byte {
	h := sha256.New()
	for _, part := range parts {
		_, _ = h.Write([]byte(part))
		_, _ = h.Write([]byte{0})
	}
	return h.Sum(nil)
}

// subKey returns the key of a counter for an address or token of an account. It
// starts with the first half of the account's key, by which Reset finds it.
func subKey(account []byte, parts ...string) []byte {
	key := hashKey(append(parts, string(account))...)
	copy(key, prefix(account))
	return key
}

func prefix(account []byte) []byte { return account[:sha256.Size/2] }

// lastSubKey returns the greatest key with the account's prefix.
func lastSubKey(account []byte) []byte {
	p := prefix(account)
	return append(bytes.Clone(p), bytes.Repeat([]byte{0xff}, sha256.Size-len(p))...)
}
