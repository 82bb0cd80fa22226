// Package throttle makes those wait who guess passwords. Its counts are in the
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

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/internal/problem"
)

// Throttle is safe for concurrent use.
type Throttle struct {
	db  *db.DB
	now func() time.Time
}

// New makes a Throttle that tells the time by now.
func New(db *db.DB, now func() time.Time) *Throttle {
	return &Throttle{db: db, now: now}
}

// Attempt is a password check that may go ahead. It has been counted as a
// failure already.
type Attempt struct {
	throttle *Throttle
	keys     [][]byte
}

// limit is a rule for a key.
type limit struct {
	key  []byte
	rule rule
	// free is how many failures ask for no wait, whatever the clocks of other
	// attempts and replicas have left behind.
	free int
}

// SignIn counts an attempt on an account, by its e-mail address, whether it
// exists or not. From one client address 5 failures are free, then waits double
// from 30 seconds to 15 minutes; from all together 100 an hour are. Where the
// client's address is unknown (invalid) only the second counts. Who must wait
// gets a problem.Error with the code RateLimited.
func (t *Throttle) SignIn(ctx context.Context, email string, client netip.Addr) (*Attempt, error) {
	account := keyOf("sign-in", email)
	limits := []limit{{account, hourly, hourlyFailures}}
	if client.IsValid() {
		key := keyOf("sign-in", email, network(client))
		copy(key, prefixOf(account)) // by which Forget finds it
		limits = append(limits, limit{key, doubling, freeFailures})
	}
	return t.begin(ctx, limits)
}

// ChangePassword counts an attempt of a signed-in user to give the current
// password: 5 failures are free, then waits double from 30 seconds to 15
// minutes. Failed sign-ins do not count here.
func (t *Throttle) ChangePassword(ctx context.Context, user uuid.UUID) (*Attempt, error) {
	return t.begin(ctx, []limit{{changeKey(user), doubling, freeFailures}})
}

// Succeeded forgets the failures, in the transaction of q if there is one.
func (a *Attempt) Succeeded(ctx context.Context, q *sqlc.Queries) error {
	return q.AttemptsDelete(ctx, a.keys)
}

// Untried takes the attempt back, because the password could not be checked or
// was right to no avail. It does not wait long for a database in trouble.
func (a *Attempt) Untried(ctx context.Context) error {
	return a.throttle.db.BriefQueries().AttemptsGiveBack(context.WithoutCancel(ctx), sqlc.AttemptsGiveBackParams{Keys: a.keys, At: a.throttle.now()})
}

// Forget lets a user try passwords again at once, from whatever address: to sign
// in and to change it.
func Forget(ctx context.Context, q *sqlc.Queries, email string, user uuid.UUID) error {
	prefix := prefixOf(keyOf("sign-in", email))
	last := append(bytes.Clone(prefix), bytes.Repeat([]byte{0xff}, sha256.Size-len(prefix))...)
	return q.AttemptsForget(ctx, sqlc.AttemptsForgetParams{First: prefix, Last: last, Key: changeKey(user)})
}

// begin counts the attempt under every limit, or under none when one asks to
// wait.
func (t *Throttle) begin(ctx context.Context, limits []limit) (*Attempt, error) {
	// Two attempts must not lock the same rows in different orders.
	slices.SortFunc(limits, func(a, b limit) int { return bytes.Compare(a.key, b.key) })
	attempt := &Attempt{throttle: t}
	now := t.now().UTC().Truncate(time.Microsecond)
	err := t.db.InTx(ctx, func(q *sqlc.Queries) error {
		for _, l := range limits {
			if err := take(ctx, q, l, now); err != nil {
				return err
			}
			attempt.keys = append(attempt.keys, l.key)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return attempt, nil
}

func take(ctx context.Context, q *sqlc.Queries, l limit, now time.Time) error {
	row, err := q.AttemptsLock(ctx, sqlc.AttemptsLockParams{Key: l.key, At: now})
	if err != nil {
		return err
	}
	c := count{failures: int(row.Failures), since: row.Since, freeAt: row.FreeAt}
	if wait := c.freeAt.Sub(now); wait > 0 && c.failures >= l.free {
		return &problem.Error{
			Code:       problem.RateLimited,
			Message:    "Too many failed attempts. Wait before you try again.",
			RetryAfter: wait,
		}
	}
	c = l.rule(c, now)
	return q.AttemptsStore(ctx, sqlc.AttemptsStoreParams{Key: l.key, Failures: int32(c.failures), Since: c.since, FreeAt: c.freeAt})
}

// network is the part of an address that one client has to itself: all of an
// IPv4 address, the first 64 bits of an IPv6 one.
func network(client netip.Addr) string {
	client = client.Unmap().WithZone("")
	if client.Is4() {
		return client.String()
	}
	return netip.PrefixFrom(client, 64).Masked().String()
}

// prefixOf gives the half of an account's key with which the keys of the account
// and an address begin.
func prefixOf(account []byte) []byte { return account[:sha256.Size/2] }

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
