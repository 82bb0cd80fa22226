package auth

import (
	"bytes"
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

// KeptToken is the one token that outlives a password change: the one that
// made it.
type KeptToken struct {
	// Digest is the token's TokenDigest.
	Digest []byte
	// PasswordChangedAt is what the change wrote as the user's
	// password_changed_at.
	PasswordChangedAt time.Time
}

// TokenOutlived tells whether a password change has ended a token.
//
// A change at changedAt ends every token issued in an earlier second. Tokens of
// the same second live, because iat has no smaller unit and the change itself
// issues one. So does the kept token, as long as changedAt is still what was
// written with it: after a later change, by either service, it counts no more.
//
// Nothing is ended where the password was never changed (changedAt nil). kept
// is nil where no token was kept.
func TokenOutlived(issuedAt time.Time, digest Digest, changedAt *time.Time, kept *KeptToken) bool {
	if changedAt == nil || !issuedAt.Before(changedAt.Truncate(time.Second)) {
		return false
	}
	isKept := kept != nil && kept.PasswordChangedAt.Equal(*changedAt) && bytes.Equal(kept.Digest, digest[:])
	return !isKept
}
