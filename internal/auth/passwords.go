package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

const (
	// DefaultCost is the bcrypt cost of both services: some 0.25 s per hash.
	DefaultCost = 12
	// maxCost bounds the time for which one stored hash can occupy a slot.
	maxCost = 16
	// queuePerSlot is the queue length per slot: 16 hashes of 0.25 s take 4 s on an
	// idle machine, which is less than maxWait.
	queuePerSlot = 16
	// MaxPasswordBytes is the length after which bcrypt ignores a password.
	MaxPasswordBytes = 72
)

// storedHash matches the hashes that Python's bcrypt and this package write: 60
// characters, cost 4 to maxCost.
var storedHash = regexp.MustCompile(`^\$2[aby]\$(0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}$`)

// Hasher generates and compares bcrypt hashes, at most one per slot at a time, so
// that sign-ins do not occupy all processors. Requesters share the slots fairly.
// When the queue is full, a request fails. Hasher is safe for concurrent use.
//
// Do not hold a database connection while calling it: every method may wait.
type Hasher struct {
	cost    int
	queue   *queue
	compare func(hash, password []byte) error
}

// NewHasher returns a Hasher that runs one hash per two cores at a time, and queues up
// to 16 requesters per slot, and separately as many Reserved ones. cost is the bcrypt
// cost of new hashes, 4 to 16; 0 means DefaultCost. It fails when cost is out of range.
func NewHasher(cost int) (*Hasher, error) {
	if cost == 0 {
		cost = DefaultCost
	}
	if cost < bcrypt.MinCost || cost > maxCost {
		return nil, fmt.Errorf("auth: the bcrypt cost %d is out of range", cost)
	}
	slots := max(1, runtime.GOMAXPROCS(0)/2)
	return &Hasher{cost: cost, queue: newQueue(slots, queuePerSlot*slots), compare: bcrypt.CompareHashAndPassword}, nil
}

// dummyHash returns a hash that no password needs to match: only the time of a
// comparison counts.
func dummyHash(cost int) string {
	return fmt.Sprintf("$2a$%02d$%s", cost, strings.Repeat("decoy", 11)[:53])
}

// Hash returns the hash of a new password with the prefix $2a$, which Python's
// bcrypt also reads. It fails with the error of Matches, and for a password that is
// longer than MaxPasswordBytes or contains a NUL, because its hash would also match
// another password.
func (h *Hasher) Hash(ctx context.Context, r Requester, password string) (string, error) {
	if len(password) > MaxPasswordBytes || hasNUL(password) {
		return "", errors.New("auth: a password must have at most 72 bytes and no NUL")
	}
	var hash []byte
	var hashErr error
	err := h.queue.run(ctx, r, func() {
		hash, hashErr = bcrypt.GenerateFromPassword([]byte(password), h.cost)
	})
	return string(hash), cmp.Or(err, hashErr)
}

// Matches reports whether a stored hash matches the password. Hashes may start
// with $2a$, $2b$ or $2y$. Only the first 72 bytes of the password count, as in
// the older libraries that generated some of the hashes. A malformed hash, or an
// empty one for an unknown user, matches nothing. All of these take the same time, so
// that the latency does not reveal which e-mail addresses exist: that of the
// configured cost. Only a hash of a higher cost takes longer.
//
// The only error is an apperr.Error with the code Overloaded: the queue is full,
// the wait exceeds five seconds, or ctx ends. In the last two cases its cause is
// the error of the context.
func (h *Hasher) Matches(ctx context.Context, r Requester, hash, password string) (bool, error) {
	wellFormed := storedHash.MatchString(hash) && !hasNUL(password)
	if !wellFormed {
		hash = dummyHash(h.cost)
	}
	var mismatch error
	err := h.queue.run(ctx, r, func() {
		mismatch = h.compare([]byte(hash), []byte(password))
		// A comparison takes twice the time of one with the next lower cost. So these
		// complete the time of the configured cost.
		for cost := costOf(hash); cost < h.cost; cost++ {
			_ = h.compare([]byte(dummyHash(cost)), []byte(password))
		}
	})
	return err == nil && mismatch == nil && wellFormed, err
}

// NeedsRehash reports whether a stored hash has a lower cost than new hashes.
func (h *Hasher) NeedsRehash(hash string) bool {
	return storedHash.MatchString(hash) && costOf(hash) < h.cost
}

// costOf returns the cost of a hash that storedHash matches.
func costOf(hash string) int {
	cost, _ := strconv.Atoi(hash[4:6])
	return cost
}

// hasNUL reports whether a password contains a NUL. bcrypt repeats a password
// with a NUL after each copy, so such a password could match the hash of a
// shorter one.
func hasNUL(password string) bool { return strings.Contains(password, "\x00") }
