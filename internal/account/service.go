// Package account authenticates users, signs them in and changes their passwords.
// It also implements the commands that manage accounts.
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

// Config configures a Service. Every field but RefusalDelay is required.
type Config struct {
	DB     *db.DB
	Hasher Hasher
	Signer *auth.Signer
	// Throttle rate-limits password attempts.
	Throttle *throttle.Throttle
	// Refusals records the refusals of RequireAdmin.
	Refusals *audit.Refusals
	// CountSignIn is called with the result of each sign-in.
	CountSignIn func(SignInResult)
	// RefusalDelay is the delay before an unchecked password is refused.
	RefusalDelay time.Duration
	// Now must be the clock of the Signer, because times of issue and of password
	// changes are compared.
	Now func() time.Time
}

// Hasher hashes and compares passwords. auth.Hasher implements it.
type Hasher interface {
	Hash(ctx context.Context, r auth.Requester, password string) (string, error)
	Matches(ctx context.Context, r auth.Requester, hash, password string) (bool, error)
	NeedsRehash(hash string) bool
}

// Service manages accounts and sessions. It is safe for concurrent use.
type Service struct {
	config Config
	users  *db.Loader[uuid.UUID, sqlc.UsersByIDRow]
}

// New returns a Service.
func New(c Config) *Service { return &Service{config: c, users: usersByID(c.DB)} }

// Session is a signed-in user with a newly issued token.
type Session struct {
	Token string
	User  *auth.Principal
}

func (s *Service) issue(user *auth.Principal, at time.Time) (*Session, error) {
	token, err := s.config.Signer.Issue(auth.Claims{
		IssuedAt:           at,
		Email:              user.Email,
		UserID:             user.UserID,
		CompanyID:          user.CompanyID,
		Role:               user.Role,
		Superadmin:         user.Superadmin,
		MustChangePassword: auth.MustChangePassword(user.PasswordChangedAt, s.config.Now()),
	})
	if err != nil {
		return nil, err
	}
	return &Session{Token: token, User: user}, nil
}
