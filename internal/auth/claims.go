package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// Claims is what a new token says about its user. The Python service reads all
// of it; this one asks the database again.
type Claims struct {
	UserID    uuid.UUID
	CompanyID uuid.UUID
	Email     string
	Role      Role
	// Superadmin marks the staff of the platform. It grants nothing here.
	Superadmin         bool
	MustChangePassword bool
	// IssuedAt becomes iat, cut to whole seconds; zero means now.
	IssuedAt time.Time
}

// issuedClaims is the payload of a new token, in the names of the Python
// service: sub, iat and exp, in whole Unix seconds, and its own. A random jti
// distinguishes tokens of the same user and second: a password change keeps one
// and revokes the other.
type issuedClaims struct {
	jwt.RegisteredClaims
	UserID             string `json:"user_id"`
	CompanyID          string `json:"empresa_id"`
	Role               Role   `json:"rol"`
	Superadmin         bool   `json:"es_superadmin"`
	MustChangePassword bool   `json:"debe_cambiar_password"`
}

func newIssuedClaims(c Claims, issued, expires time.Time) issuedClaims {
	return issuedClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Subject: c.Email, ID: uuid.NewString(), IssuedAt: jwt.NewNumericDate(issued), ExpiresAt: jwt.NewNumericDate(expires),
		},
		UserID:             c.UserID.String(),
		CompanyID:          c.CompanyID.String(),
		Role:               c.Role,
		Superadmin:         c.Superadmin,
		MustChangePassword: c.MustChangePassword,
	}
}

// verifiedClaims are the claims that are read from a token of either service.
// Of the registered claims only exp, iat and nbf are set, cut to whole seconds.
type verifiedClaims struct {
	jwt.RegisteredClaims
	userID uuid.UUID
}

// maxSeconds is the largest time that a token may have, in Unix seconds. A
// float64, which golang-jwt reads times as, holds every second up to it.
const maxSeconds = 1 << 53

// UnmarshalJSON reads a map, whose names are case-sensitive, unlike the fields of
// a struct. Of a name that occurs twice the last value counts, as in Python. It
// fails for times before 1970 or after maxSeconds: golang-jwt would convert them
// to an integer, with a result that depends on the architecture.
func (c *verifiedClaims) UnmarshalJSON(payload []byte) error {
	var named jwt.MapClaims
	if err := json.Unmarshal(payload, &named); err != nil {
		return err
	}
	for _, name := range []string{"exp", "iat", "nbf"} {
		if seconds, ok := named[name].(float64); ok && (seconds < 0 || seconds > maxSeconds) {
			return fmt.Errorf("%s is out of range", name)
		}
	}
	text, _ := named["user_id"].(string)
	var errs [4]error
	c.userID, errs[0] = uuid.Parse(text)
	c.ExpiresAt, errs[1] = named.GetExpirationTime()
	c.IssuedAt, errs[2] = named.GetIssuedAt()
	c.NotBefore, errs[3] = named.GetNotBefore()
	return errors.Join(errs[:]...)
}

// Validate requires iat, for which golang-jwt has no option. It implements
// jwt.ClaimsValidator.
func (c *verifiedClaims) Validate() error {
	if c.IssuedAt == nil {
		return jwt.ErrTokenRequiredClaimMissing
	}
	return nil
}
