// Package auth identifies the user who makes a request. It issues and verifies
// tokens, hashes passwords and carries the principal in the context. The Python
// service on the same database uses the same tokens and hashes.
package auth

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// The reasons why a request has no principal. ErrExpiredToken wraps ErrInvalidToken.
var (
	ErrMissingToken = apperr.New(apperr.Unauthenticated, apperr.MissingToken)
	ErrInvalidToken = apperr.New(apperr.Unauthenticated, apperr.InvalidToken)
	ErrExpiredToken = apperr.Wrap(apperr.Unauthenticated, apperr.ExpiredToken, ErrInvalidToken)
)

const (
	// MinKeyBytes is the minimum length of a signing key, the size of an HS256
	// hash.
	MinKeyBytes = 32

	// IssuedAtLeeway is the time by which iat may lie in the future, because the
	// clocks of the two services differ. Expiry has no leeway.
	IssuedAtLeeway = 60 * time.Second

	// maxTokenBytes bounds the work for an unverified token. Valid tokens have
	// some 500 bytes.
	maxTokenBytes = 4096

	// verifiedCacheEntries bounds the cache of verified tokens, at some 400 bytes
	// per entry.
	verifiedCacheEntries = 8192
)

// Digest is the SHA-256 of a token. It identifies the token but does not
// authenticate a request.
type Digest [sha256.Size]byte

// TokenDigest returns the digest of a token.
func TokenDigest(token string) Digest { return sha256.Sum256([]byte(token)) }

// SignerConfig configures a Signer. Every field but OldKeys is required.
type SignerConfig struct {
	// Key signs and verifies tokens. It has at least MinKeyBytes and is also the
	// Python service's.
	Key []byte
	// OldKeys only verify tokens. Each has at least MinKeyBytes.
	OldKeys [][]byte
	// Lifetime is the time from a token's issue to its expiry, at least a second.
	Lifetime time.Duration
	// Now is the clock. The same clock must set password_changed_at.
	Now func() time.Time
}

// Signer issues and verifies the tokens that both services share: JWTs signed
// with HS256. It is safe for concurrent use.
type Signer struct {
	key    []byte
	keys   jwt.VerificationKeySet
	life   time.Duration
	now    func() time.Time
	parser *jwt.Parser // verifies signatures only
	// times checks exp and nbf. issuedAt checks iat, which alone has a leeway; its
	// checks of exp and nbf are weaker than those of times.
	times, issuedAt *jwt.Validator
	// verifiedCache holds the claims of tokens whose signature was verified. The
	// keys of a Signer do not change, so the result stays correct. Verify checks
	// the times at each request.
	verifiedCache *lru.Cache[Digest, *verifiedClaims]
}

// NewSigner returns a Signer. It fails when a key is too short or Lifetime is less
// than a second. The error never quotes a key.
func NewSigner(c SignerConfig) (*Signer, error) {
	cache, err := lru.New[Digest, *verifiedClaims](verifiedCacheEntries)
	if err != nil {
		return nil, fmt.Errorf("auth: create the cache of verified tokens: %w", err)
	}
	s := &Signer{
		key: c.Key, life: c.Lifetime, now: c.Now, verifiedCache: cache,
		parser: jwt.NewParser(
			jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
			jwt.WithStrictDecoding(), // each token has only one encoding, so only one digest
			jwt.WithoutClaimsValidation(),
		),
		times:    jwt.NewValidator(jwt.WithTimeFunc(c.Now), jwt.WithExpirationRequired()),
		issuedAt: jwt.NewValidator(jwt.WithTimeFunc(c.Now), jwt.WithIssuedAt(), jwt.WithLeeway(IssuedAtLeeway)),
	}
	for _, k := range append([][]byte{c.Key}, c.OldKeys...) {
		if len(k) < MinKeyBytes {
			return nil, fmt.Errorf("auth: a signing key needs at least %d bytes", MinKeyBytes)
		}
		s.keys.Keys = append(s.keys.Keys, k)
	}
	if c.Lifetime < time.Second {
		return nil, errors.New("auth: the lifetime of a token must be at least a second")
	}
	return s, nil
}

// Format redacts the signing keys in formatted output.
func (*Signer) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("auth.Signer")) }

// Issue returns a signed token that is valid from its IssuedAt for Lifetime, in whole
// seconds. A random jti distinguishes tokens of the same user and second, because a
// password change may keep one of them and revoke the other.
func (s *Signer) Issue(c Claims) (token string, err error) {
	issued := c.IssuedAt
	if issued.IsZero() {
		issued = s.now()
	}
	token, err = jwt.NewWithClaims(jwt.SigningMethodHS256, struct {
		jwt.RegisteredClaims
		Claims
	}{jwt.RegisteredClaims{
		Subject: c.Email, ID: uuid.NewString(), IssuedAt: jwt.NewNumericDate(issued), ExpiresAt: jwt.NewNumericDate(issued.Add(s.life)),
	}, c}).SignedString(s.key)
	if err != nil {
		return "", fmt.Errorf("auth: sign a token: %w", err)
	}
	return token, nil
}

// Verified is the content of a verified token: the user and the time of issue, in
// whole seconds. Role, company and e-mail address are not read from a token,
// because the stored user decides.
type Verified struct {
	UserID   uuid.UUID
	IssuedAt time.Time
	// Digest is the token's TokenDigest.
	Digest Digest
}

// Verify checks a token of either service: signed with HS256 and one of the keys,
// not expired, issued no later than IssuedAtLeeway from now, with a user id, and
// without the claim aud and the header crit. It fails with ErrExpiredToken or
// ErrInvalidToken. The caller must check that the user exists and that the token is
// not revoked (TokenRevoked).
func (s *Signer) Verify(token string) (Verified, error) {
	if len(token) > maxTokenBytes {
		return Verified{}, ErrInvalidToken
	}
	digest := TokenDigest(token)
	claims, cached := s.verifiedCache.Get(digest)
	if !cached {
		decoded := jwt.MapClaims{}
		_, err := s.parser.ParseWithClaims(token, decoded, s.verificationKeys)
		if err == nil {
			claims, err = readClaims(decoded)
		}
		if err != nil {
			return Verified{}, ErrInvalidToken // not wrapped, because the library's errors may quote the token
		}
	}
	if err := s.times.Validate(claims); errors.Is(err, jwt.ErrTokenExpired) {
		return Verified{}, ErrExpiredToken
	} else if err != nil || s.issuedAt.Validate(claims) != nil {
		return Verified{}, ErrInvalidToken
	}
	if !cached {
		s.verifiedCache.Add(digest, claims)
	}
	return Verified{UserID: claims.userID, IssuedAt: claims.IssuedAt.UTC(), Digest: digest}, nil
}

// verificationKeys rejects a token with the header crit, which lists extensions that
// a verifier must support (RFC 7515 4.1.11). Signer supports none.
func (s *Signer) verificationKeys(token *jwt.Token) (any, error) {
	if _, ok := token.Header["crit"]; ok {
		return nil, ErrInvalidToken
	}
	return s.keys, nil
}
