package auth

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/apperr"
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

type callerKey struct{}

// WithCaller returns the context of a request. find finds out who makes it, or
// why nobody does: what TokenProblem says, or that the user could not be read.
// It is asked when somebody first wants to know, and once: what needs no
// principal waits for no database.
func WithCaller(ctx context.Context, find func() (*Principal, error)) context.Context {
	return context.WithValue(ctx, callerKey{}, sync.OnceValues(find))
}

// WithoutCaller returns a context in which nobody makes the request, whatever
// its token says.
func WithoutCaller(ctx context.Context) context.Context {
	return WithCaller(ctx, func() (*Principal, error) { return nil, missingToken })
}

// PrincipalFrom returns the principal of a request, and false when it has none.
func PrincipalFrom(ctx context.Context) (*Principal, bool) {
	principal, err := RequirePrincipal(ctx)
	return principal, err == nil
}

// RequirePrincipal returns the principal of a request, or why it has none. A
// context without a caller is one without a token.
func RequirePrincipal(ctx context.Context) (*Principal, error) {
	find, ok := ctx.Value(callerKey{}).(func() (*Principal, error))
	if !ok {
		return nil, missingToken
	}
	return find()
}

var (
	missingToken = apperr.Wrap(apperr.Unauthenticated, apperr.MissingToken, ErrMissingToken)
	expiredToken = apperr.Wrap(apperr.Unauthenticated, apperr.ExpiredToken, ErrExpiredToken)
	invalidToken = apperr.Wrap(apperr.Unauthenticated, apperr.InvalidToken, ErrInvalidToken)
)

// TokenProblem says what a protected field answers to a request with a missing,
// expired or otherwise refused token: an Unauthenticated problem whose cause is
// ErrMissingToken, ErrExpiredToken or ErrInvalidToken.
func TokenProblem(err error) *apperr.Error {
	switch {
	case errors.Is(err, ErrMissingToken):
		return missingToken
	case errors.Is(err, ErrExpiredToken):
		return expiredToken
	}
	return invalidToken
}
