package auth

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

const (
	// DefaultCost is the bcrypt cost of both services: some 0.25 s a hash.
	DefaultCost = 12
	// maxCost keeps a single odd row from occupying a slot for hours.
	maxCost = 16
	// longestWait for a slot, whatever the queue; then the caller is turned away.
	longestWait = 5 * time.Second
	// waitersPerSlot times 0.25 s is 4 s, on a machine that has time.
	waitersPerSlot = 16
	// MaxPasswordBytes is all that bcrypt reads of a password.
	MaxPasswordBytes = 72
)

// ErrUnhashable means that a password has more than MaxPasswordBytes or a NUL,
// so that its hash would also be that of another one.
var ErrUnhashable = errors.New("auth: a password to hash has at most 72 bytes and no NUL")

// storedHash is what Python's bcrypt and this package write: 60 characters,
// cost 4 to maxCost.
var storedHash = regexp.MustCompile(`^\$2[aby]\$(0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}$`)

// HasherConfig says how costly hashing is and how much of it may happen.
type HasherConfig struct {
	// Cost is that of new hashes, 4 to 16; 0 means DefaultCost.
	Cost int
	// Slots is how many hashes run at a time; 0 means one per two cores.
	Slots int
	// Queue is how many may wait for a slot, and as many again whose requester is
	// Reserved; 0 means 16 for each slot.
	Queue int
}

// Hasher makes and compares bcrypt hashes, at most one per slot at a time, so
// that many sign-ins leave processors to other requests. The slots are shared
// fairly among requesters; one for whom the queue has no place is turned away. It
// is safe for concurrent use.
//
// Hold no database connection while calling it: every method may wait.
type Hasher struct {
	cost    int
	decoy   string
	queue   *queue
	compare func(hash, password []byte) error
}

// NewHasher fails when a number of the configuration is out of range.
func NewHasher(c HasherConfig) (*Hasher, error) {
	if c.Cost == 0 {
		c.Cost = DefaultCost
	}
	if c.Slots == 0 {
		c.Slots = max(1, runtime.GOMAXPROCS(0)/2)
	}
	if c.Queue == 0 {
		c.Queue = waitersPerSlot * c.Slots
	}
	if c.Cost < bcrypt.MinCost || c.Cost > maxCost || c.Slots < 0 || c.Queue < 0 {
		return nil, fmt.Errorf("auth: no such hasher: %+v", c)
	}
	return &Hasher{
		cost: c.Cost,
		// The form of a hash is enough: what counts is the time it takes.
		decoy:   fmt.Sprintf("$2a$%02d$%s", c.Cost, strings.Repeat("decoy", 11)[:53]),
		queue:   newQueue(c.Slots, c.Queue),
		compare: bcrypt.CompareHashAndPassword,
	}, nil
}

// Hash returns the hash of a new password, in the form $2a$ that Python's
// bcrypt also reads. It fails with ErrUnhashable, or as Matches does.
func (h *Hasher) Hash(ctx context.Context, r Requester, password string) (string, error) {
	if len(password) > MaxPasswordBytes || hasNUL(password) {
		return "", ErrUnhashable
	}
	var hash []byte
	var failed error
	if err := h.inTurn(ctx, r, func() {
		hash, failed = bcrypt.GenerateFromPassword([]byte(password), h.cost)
	}); err != nil {
		return "", err
	}
	return string(hash), failed
}

// Matches tells whether a stored hash is that of the password. Hashes may start
// with $2a$, $2b$ or $2y$. Only the first 72 bytes of the password count, as
// they did in older libraries that made the hash. A hash that cannot be read, or
// is empty because nobody has the e-mail address, matches nothing and takes as
// long to say so: the time does not tell which addresses exist.
//
// The only error is a apperr.Error with the code Overloaded: the queue has no
// place for the requester, or five seconds of waiting or ctx ended, which is then
// its cause.
func (h *Hasher) Matches(ctx context.Context, r Requester, hash, password string) (bool, error) {
	readable := storedHash.MatchString(hash) && !hasNUL(password)
	if !readable {
		hash = h.decoy
	}
	var mismatch error
	err := h.inTurn(ctx, r, func() {
		mismatch = h.compare([]byte(hash), []byte(password))
	})
	return err == nil && mismatch == nil && readable, err
}

// hasNUL tells of a password that bcrypt, repeating it with a NUL after each
// copy, could take for a shorter one.
func hasNUL(password string) bool { return strings.Contains(password, "\x00") }

// inTurn runs hash when the requester gets a slot.
func (h *Hasher) inTurn(ctx context.Context, r Requester, hash func()) error {
	waiting, cancel := context.WithTimeout(ctx, longestWait)
	defer cancel()
	release, err := h.queue.acquire(waiting, r)
	if err != nil {
		return err
	}
	defer release()
	hash()
	return nil
}

func overloaded(cause error) error {
	return apperr.Wrap(apperr.Overloaded, apperr.Busy, cause)
}
