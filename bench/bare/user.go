package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed user.sql
var userSQL string

var errRefused = errors.New("the token is refused")

// storedUser is a row of user.sql.
type storedUser struct {
	id                uuid.UUID
	email, role       string
	passwordChangedAt *time.Time
	companyID         uuid.UUID
	active            bool
	keptDigest        []byte
	keptChangedAt     *time.Time
	tokensEndBefore   *time.Time
}

type claims struct {
	jwt.RegisteredClaims
	UserID string `json:"user_id"`
}

type verifier struct {
	key    []byte
	parser *jwt.Parser
}

func newVerifier(key []byte) verifier {
	return verifier{key, jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithIssuedAt())}
}

// user returns the user of the bearer token in the header, or an error when the
// stored user makes the token invalid.
func (v verifier) user(ctx context.Context, pool *pgxpool.Pool, header string) (*storedUser, error) {
	token, ok := strings.CutPrefix(header, "Bearer ")
	if !ok {
		return nil, errRefused
	}
	var c claims
	if _, err := v.parser.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return v.key, nil }); err != nil {
		return nil, err
	}
	id, err := uuid.Parse(c.UserID)
	if err != nil || c.IssuedAt == nil {
		return nil, errRefused
	}
	var u storedUser
	err = pool.QueryRow(ctx, userSQL, id).Scan(&u.id, &u.email, &u.role, &u.passwordChangedAt, &u.companyID, &u.active,
		&u.keptDigest, &u.keptChangedAt, &u.tokensEndBefore)
	if err != nil {
		return nil, err
	}
	if !u.active || u.revokes(c.IssuedAt.Time, token) {
		return nil, errRefused
	}
	return &u, nil
}

// revokes reports whether a password change or reset revokes the token. A change
// keeps the token that made it.
func (u *storedUser) revokes(issuedAt time.Time, token string) bool {
	if issuedBefore(issuedAt, u.tokensEndBefore) {
		return true
	}
	if !issuedBefore(issuedAt, u.passwordChangedAt) {
		return false
	}
	digest := sha256.Sum256([]byte(token))
	kept := u.keptChangedAt != nil && u.keptChangedAt.Equal(*u.passwordChangedAt) && bytes.Equal(u.keptDigest, digest[:])
	return !kept
}

// issuedBefore reports whether a token was issued in an earlier second than a
// change.
func issuedBefore(issuedAt time.Time, changedAt *time.Time) bool {
	return changedAt != nil && issuedAt.Before(changedAt.Truncate(time.Second))
}
