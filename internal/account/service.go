// Package account is about people: who makes a request, signing in, changing
// a password, and what an operator does with accounts from the command line.
package account

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/account/throttle"
	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// Config is what a Service works with; every field but CountSignIn and RefusalDelay
// is required.
type Config struct {
	DB     *db.DB
	Hasher Hasher
	Signer *auth.Signer
	// Throttle rate-limits password attempts.
	Throttle *throttle.Throttle
	// Refusals records what RequireAdmin refuses.
	Refusals *audit.Refusals
	// CountSignIn is told how each sign-in ended; nil for nobody.
	CountSignIn func(SignInResult)
	// RefusalDelay is how long the refusal of a password that was not tried waits.
	RefusalDelay time.Duration
	// Now must be the clock of the Signer: tokens and password changes are
	// compared with each other.
	Now func() time.Time
}

// Hasher makes and compares hashes of passwords; auth.Hasher does.
type Hasher interface {
	Hash(ctx context.Context, r auth.Requester, password string) (string, error)
	Matches(ctx context.Context, r auth.Requester, hash, password string) (bool, error)
}

// Service is safe for concurrent use.
type Service struct {
	db           *db.DB
	users        *db.Loader[uuid.UUID, sqlc.UsersByIDRow]
	hasher       Hasher
	signer       *auth.Signer
	throttle     *throttle.Throttle
	refusals     *audit.Refusals
	count        func(SignInResult)
	refusalDelay time.Duration
	now          func() time.Time
}

// New makes a Service.
func New(c Config) *Service {
	if c.CountSignIn == nil {
		c.CountSignIn = func(SignInResult) {}
	}
	return &Service{
		db: c.DB, users: usersByID(c.DB), hasher: c.Hasher, signer: c.Signer, throttle: c.Throttle, count: c.CountSignIn,
		refusals: c.Refusals, refusalDelay: c.RefusalDelay, now: c.Now,
	}
}

// Session is a signed-in user with a token that was just issued.
type Session struct {
	Token string
	User  *auth.Principal
}

func (s *Service) issue(user *auth.Principal, at time.Time) (*Session, error) {
	token, err := s.signer.Issue(auth.Claims{
		IssuedAt:           at,
		Email:              user.Email,
		UserID:             user.UserID,
		CompanyID:          user.CompanyID,
		Role:               user.Role,
		Superadmin:         user.Superadmin,
		MustChangePassword: auth.MustChangePassword(user.PasswordChangedAt, s.now()),
	})
	if err != nil {
		return nil, err
	}
	return &Session{Token: token, User: user}, nil
}
