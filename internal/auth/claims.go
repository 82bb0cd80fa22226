package auth

import (
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
