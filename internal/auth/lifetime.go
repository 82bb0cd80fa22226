package auth

import (
	"bytes"
	"slices"
	"time"
)

// PasswordMaxAge is how long a password may be used before its owner must
// change it.
const PasswordMaxAge = 30 * 24 * time.Hour

// MustChangePassword tells whether a password was never changed by its owner
// (nil) or longer ago than PasswordMaxAge.
func MustChangePassword(changedAt *time.Time, now time.Time) bool {
	return changedAt == nil || now.Sub(*changedAt) > PasswordMaxAge
}

// KeptToken is a token that stays valid through a password change: the one that
// made it, or the one that it returned.
type KeptToken struct {
	// Digest is the token's TokenDigest.
	Digest []byte
	// PasswordChangedAt is what the change wrote as the user's
	// password_changed_at.
	PasswordChangedAt time.Time
}

// Revocation is what a user's stored state says about tokens.
type Revocation struct {
	// PasswordChangedAt is nil when the user never changed the password.
	PasswordChangedAt *time.Time
	// Kept count only while PasswordChangedAt is what was written with them:
	// after a later change, by either service, they do not.
	Kept []KeptToken
	// ResetAt revokes the tokens that were issued before. It is nil when nobody
	// reset the password.
	ResetAt *time.Time
}

// TokenRevoked reports whether a token is no longer valid. A password change
// revokes every token issued in its second or before, except those it keeps; a
// reset every token issued before its moment.
func TokenRevoked(token Verified, r Revocation) bool {
	if r.ResetAt != nil && token.IssuedAt.Before(*r.ResetAt) {
		return true
	}
	if !token.IssuedAt.Before(EarliestIssue(r.PasswordChangedAt, nil)) {
		return false
	}
	return !slices.ContainsFunc(r.Kept, func(k KeptToken) bool {
		return k.PasswordChangedAt.Equal(*r.PasswordChangedAt) && bytes.Equal(k.Digest, token.Digest[:])
	})
}

// EarliestIssue is the first moment at which a token may be issued that neither a
// password change nor a reset revokes: the second after the change (iat has no
// smaller unit), or the reset. It is the zero time when there was neither.
func EarliestIssue(passwordChangedAt, resetAt *time.Time) (first time.Time) {
	if passwordChangedAt != nil {
		first = passwordChangedAt.Truncate(time.Second).Add(time.Second)
	}
	if resetAt != nil && resetAt.After(first) {
		first = *resetAt
	}
	return first
}
