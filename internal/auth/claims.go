package auth

import (
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// Claims are the claims of a new token, with the names of the Python service. It reads
// all of them; this service reads the user from the database instead.
type Claims struct {
	UserID    uuid.UUID `json:"user_id"`
	CompanyID uuid.UUID `json:"empresa_id"`
	Email     string    `json:"-"` // becomes sub
	Role      Role      `json:"rol"`
	// Superadmin marks the staff of the platform. It grants no permission here.
	Superadmin         bool `json:"es_superadmin"`
	MustChangePassword bool `json:"debe_cambiar_password"`
	// IssuedAt becomes iat, truncated to whole seconds; zero means now.
	IssuedAt time.Time `json:"-"`
}

// verifiedClaims are what Verify reads from a token of either service. Of the
// registered claims only exp, iat and nbf are set, truncated to whole seconds.
type verifiedClaims struct {
	jwt.RegisteredClaims
	userID uuid.UUID
}

// maxSeconds is the latest time that a token may contain, in Unix seconds.
// golang-jwt reads times as float64, which represents every integer up to it; the
// conversion of a larger one depends on the architecture.
const maxSeconds = 1 << 53

// readClaims fails unless the claims have a user id and iat, and times from 1970 to
// maxSeconds. It also fails for a token with aud: this service is no audience
// (RFC 7519 4.1.3). Names of map keys are case-sensitive, those of struct fields are
// not. The last value of a duplicate name wins, as in Python.
func readClaims(decoded jwt.MapClaims) (*verifiedClaims, error) {
	if _, ok := decoded["aud"]; ok {
		return nil, errors.New("aud names another recipient")
	}
	for _, name := range []string{"exp", "iat", "nbf"} {
		if seconds, ok := decoded[name].(float64); ok && (seconds < 0 || seconds > maxSeconds) {
			return nil, fmt.Errorf("%s is out of range", name)
		}
	}
	text, _ := decoded["user_id"].(string)
	c, errs := new(verifiedClaims), [4]error{}
	c.userID, errs[0] = uuid.Parse(text)
	c.ExpiresAt, errs[1] = decoded.GetExpirationTime()
	c.IssuedAt, errs[2] = decoded.GetIssuedAt()
	c.NotBefore, errs[3] = decoded.GetNotBefore()
	if c.IssuedAt == nil { // golang-jwt has no option that requires it
		return nil, jwt.ErrTokenRequiredClaimMissing
	}
	return c, errors.Join(errs[:]...)
}
