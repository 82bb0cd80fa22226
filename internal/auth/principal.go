package auth

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/problem"
)

// Role is what a user may do in their company, in the words of the database.
type Role string

const (
	// Admin reads and changes the configuration of the company.
	Admin Role = "admin"
	// Operator reads it.
	Operator Role = "operativo"
)

// Principal is who makes a request: an active user of an active company, as the
// database has them now, whatever their token says.
type Principal struct {
	UserID uuid.UUID
	Email  string
	Role   Role
	// CompanyID is the only company whose data the request may touch.
	CompanyID   uuid.UUID
	CompanyName string
	// Superadmin marks the staff of the platform. It grants nothing here.
	Superadmin bool
	// PasswordChangedAt is nil while the user has a password that somebody
	// else gave them.
	PasswordChangedAt *time.Time
	// TokenDigest is the SHA-256 of the token of this request. A password
	// change lets this one live on.
	TokenDigest Digest
}

// IsAdmin tells whether the principal may change the company's configuration.
func (p *Principal) IsAdmin() bool { return p.Role == Admin }

// identity is what is known of the caller: the principal, or why there is none.
type identity struct {
	principal *Principal
	failure   *problem.Error
}

type identityKey struct{}

// WithPrincipal returns a context of a request that p makes.
func WithPrincipal(ctx context.Context, p *Principal) context.Context {
	return context.WithValue(ctx, identityKey{}, identity{principal: p})
}

// WithFailure returns a context of a request without a principal. Public fields
// answer it; all others answer failure: what TokenProblem says, or that the
// user could not be read.
func WithFailure(ctx context.Context, failure *problem.Error) context.Context {
	return context.WithValue(ctx, identityKey{}, identity{failure: failure})
}

// PrincipalFrom returns the principal of a request, and false when it has none.
func PrincipalFrom(ctx context.Context) (*Principal, bool) {
	id, _ := ctx.Value(identityKey{}).(identity)
	return id.principal, id.principal != nil
}

// RequirePrincipal returns the principal of a request, or the failure that
// WithFailure kept. A context that passed neither is one without a token.
func RequirePrincipal(ctx context.Context) (*Principal, error) {
	id, _ := ctx.Value(identityKey{}).(identity)
	switch {
	case id.principal != nil:
		return id.principal, nil
	case id.failure != nil:
		return nil, id.failure
	}
	return nil, missingToken
}

var (
	missingToken = problem.Wrap(problem.Unauthenticated,
		"Sign in first: the Authorization header has no bearer token.", ErrMissingToken)
	expiredToken = problem.Wrap(problem.Unauthenticated,
		"Your session has expired. Sign in again.", ErrExpiredToken)
	invalidToken = problem.Wrap(problem.Unauthenticated,
		"Your session is not valid. Sign in again.", ErrInvalidToken)
)

// TokenProblem says what a protected field answers to a request with a missing,
// expired or otherwise refused token: an Unauthenticated problem whose cause is
// ErrMissingToken, ErrExpiredToken or ErrInvalidToken.
func TokenProblem(err error) *problem.Error {
	switch {
	case errors.Is(err, ErrMissingToken):
		return missingToken
	case errors.Is(err, ErrExpiredToken):
		return expiredToken
	}
	return invalidToken
}
