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

// verifiedClaims are what Verify reads from a token of either service. Times are
// truncated to whole seconds.
type verifiedClaims struct {
	Verified
	expiresAt, notBefore time.Time
}

// maxSeconds is the latest time that a token may contain, in Unix seconds. JSON
// numbers are decoded as float64, which represents every integer up to it; the
// conversion of a larger one depends on the architecture.
const maxSeconds = 1 << 53

// readClaims fails unless the claims have a user id, iat and exp, and times from 1970
// to maxSeconds. It also fails for a token with aud: this service is no audience
// (RFC 7519 4.1.3). Names of map keys are case-sensitive, those of struct fields are
// not. The last value of a duplicate name wins, as in Python.
func readClaims(claims jwt.MapClaims) (c verifiedClaims, err error) {
	if _, ok := claims["aud"]; ok {
		return c, errors.New("aud names another recipient")
	}
	if claims["nbf"] == nil {
		claims["nbf"] = 0.0
	}
	for name, at := range map[string]*time.Time{"iat": &c.IssuedAt, "exp": &c.expiresAt, "nbf": &c.notBefore} {
		seconds, ok := claims[name].(float64)
		if !ok || seconds < 0 || seconds > maxSeconds {
			return c, fmt.Errorf("%s is not a time", name)
		}
		*at = time.Unix(int64(seconds), 0).UTC()
	}
	text, _ := claims["user_id"].(string)
	c.UserID, err = uuid.Parse(text)
	return c, err
}
