package auth

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Role is the role of a user in the company, as the database stores it.
type Role string

const (
	// Admin reads and changes the configuration of the company.
	Admin Role = "admin"
	// Operator only reads the configuration.
	Operator Role = "operativo"
)

// Principal is the user who makes a request: an active user of an active company,
// as the database stores it at the time of the request. Claims of the token are
// not used.
type Principal struct {
	UserID uuid.UUID
	Email  string
	Role   Role
	// CompanyID is the only company whose data the request may touch.
	CompanyID   uuid.UUID
	CompanyName string
	// Superadmin marks the staff of the platform. It grants no permission here.
	Superadmin bool
	// PasswordChangedAt is nil while the user has a temporary password.
	PasswordChangedAt *time.Time
	// TokenDigest is the digest of the token of this request. A password change
	// by this request does not revoke it.
	TokenDigest Digest
}

// IsAdmin reports whether the principal may change the company's configuration.
func (p *Principal) IsAdmin() bool { return p.Role == Admin }

type callerKey struct{}

// WithCaller returns the context of a request whose principal resolve returns. Its
// error is ErrMissingToken, ErrInvalidToken, ErrExpiredToken, or that of reading the
// user. resolve is called once, on first use, so that requests that need no principal
// do not access the database.
func WithCaller(ctx context.Context, resolve func() (*Principal, error)) context.Context {
	return context.WithValue(ctx, callerKey{}, sync.OnceValues(resolve))
}

// WithoutCaller returns a context without a principal, even if the request has a
// valid token.
func WithoutCaller(ctx context.Context) context.Context {
	return WithCaller(ctx, func() (*Principal, error) { return nil, ErrMissingToken })
}

// RequirePrincipal returns the principal of a request. It fails with the error of
// the function that was given to WithCaller, or with ErrMissingToken when ctx has no
// caller.
func RequirePrincipal(ctx context.Context) (*Principal, error) {
	resolve, ok := ctx.Value(callerKey{}).(func() (*Principal, error))
	if !ok {
		return nil, ErrMissingToken
	}
	return resolve()
}
