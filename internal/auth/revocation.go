package auth

import (
	"bytes"
	"slices"
	"time"
)

// PasswordMaxAge is the age at which the user must change a password.
const PasswordMaxAge = 30 * 24 * time.Hour

// MustChangePassword reports whether the user never changed the password (nil) or
// changed it longer than PasswordMaxAge ago.
func MustChangePassword(changedAt *time.Time, now time.Time) bool {
	return changedAt == nil || now.Sub(*changedAt) > PasswordMaxAge
}

// KeptToken is a token that stays valid after a password change: the token of the
// request that changed the password, or the token that the change issued.
type KeptToken struct {
	// Digest is the token's TokenDigest.
	Digest []byte
	// PasswordChangedAt is the user's password_changed_at that the change wrote.
	PasswordChangedAt time.Time
}

// Revocation is the stored state that decides which tokens of a user are revoked.
type Revocation struct {
	// PasswordChangedAt is nil when the user never changed the password.
	PasswordChangedAt *time.Time
	// Kept lists the kept tokens. Each stays valid only while its
	// PasswordChangedAt equals that of the user, so a later change by either
	// service revokes it.
	Kept []KeptToken
	// ResetAt revokes all tokens issued before it. It is nil when the password
	// was never reset.
	ResetAt *time.Time
}

// TokenRevoked reports whether a token is revoked. A password change revokes
// every token issued in the same second or earlier, except the kept ones. A reset
// revokes every token issued before it.
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

// EarliestIssue returns the earliest time at which an issued token is not revoked
// by a password change or a reset: the second after the change, because iat has
// whole seconds, or the time of the reset. It is zero when there was neither.
func EarliestIssue(passwordChangedAt, resetAt *time.Time) (earliest time.Time) {
	if passwordChangedAt != nil {
		earliest = passwordChangedAt.Truncate(time.Second).Add(time.Second)
	}
	if resetAt != nil && resetAt.After(earliest) {
		earliest = *resetAt
	}
	return earliest
}
