package auth

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"
)

// Why a token is refused. The texts never quote it.
var (
	ErrMissingToken = errors.New("auth: no token was sent")
	ErrInvalidToken = errors.New("auth: the token is not valid")
	// ErrExpiredToken is also an ErrInvalidToken: ask for it first.
	ErrExpiredToken = fmt.Errorf("%w: it has expired", ErrInvalidToken)
)

const (
	// MinKeyBytes is the least length of a key, the size of an HS256 hash.
	MinKeyBytes = 32

	// IssuedAtLeeway is how far in the future the iat of a token may lie,
	// because the clocks of the two services differ. Expiry has no leeway.
	IssuedAtLeeway = 60 * time.Second

	// maxTokenBytes bounds the work for a token that nobody has verified yet.
	// Real ones have some 500 bytes.
	maxTokenBytes = 4096

	// verifiedCacheEntries bounds the cache of verified tokens; an entry takes
	// some 400 bytes.
	verifiedCacheEntries = 8192
)

// Digest is the SHA-256 of a token. It identifies the token and cannot be used to
// sign in.
type Digest [sha256.Size]byte

// TokenDigest returns the digest of a token.
func TokenDigest(token string) Digest { return sha256.Sum256([]byte(token)) }

// SignerConfig is what a Signer needs; all but OldKeys is required.
type SignerConfig struct {
	// Key signs and verifies, at least MinKeyBytes; the same as the Python
	// service's.
	Key []byte
	// OldKeys only verify. Each has at least MinKeyBytes.
	OldKeys [][]byte
	// Life is the time from a token's issue to its expiry, at least a second.
	Life time.Duration
	// Now is the clock, also that of password_changed_at.
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
	// times checks exp and nbf. issuedAt checks iat, which alone has a leeway; what
	// it asks of exp and nbf is less than times does.
	times, issuedAt *jwt.Validator
	// verifiedCache has the claims of tokens whose signature was verified, which
	// does not change while the keys are the same. Whatever depends on time is
	// checked at each request.
	verifiedCache *lru.Cache[Digest, *verifiedClaims]
}

// NewSigner fails when a key is too short or Life is less than a second. The
// error never quotes a key.
func NewSigner(c SignerConfig) (*Signer, error) {
	cache, err := lru.New[Digest, *verifiedClaims](verifiedCacheEntries)
	if err != nil {
		return nil, fmt.Errorf("auth: make the cache of verified tokens: %w", err)
	}
	s := &Signer{
		key: c.Key, life: c.Life, now: c.Now, verifiedCache: cache,
		parser: jwt.NewParser(
			jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
			jwt.WithStrictDecoding(), // one spelling of a token, one digest
			jwt.WithoutClaimsValidation(),
		),
		times:    jwt.NewValidator(jwt.WithTimeFunc(c.Now), jwt.WithExpirationRequired()),
		issuedAt: jwt.NewValidator(jwt.WithTimeFunc(c.Now), jwt.WithIssuedAt(), jwt.WithLeeway(IssuedAtLeeway)),
	}
	for _, k := range append([][]byte{c.Key}, c.OldKeys...) {
		if len(k) < MinKeyBytes {
			return nil, fmt.Errorf("auth: a key for tokens needs at least %d bytes", MinKeyBytes)
		}
		s.keys.Keys = append(s.keys.Keys, k)
	}
	if c.Life < time.Second {
		return nil, errors.New("auth: the life of a token must be at least a second")
	}
	return s, nil
}

// Format keeps the keys out of whatever prints a Signer.
func (*Signer) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("auth.Signer")) }

// Issue signs a token that is valid for Life from its IssuedAt, in whole seconds.
func (s *Signer) Issue(c Claims) (token string, err error) {
	issued := c.IssuedAt
	if issued.IsZero() {
		issued = s.now()
	}
	token, err = jwt.NewWithClaims(jwt.SigningMethodHS256, newIssuedClaims(c, issued, issued.Add(s.life))).SignedString(s.key)
	if err != nil {
		return "", fmt.Errorf("auth: sign a token: %w", err)
	}
	return token, nil
}

// Verified is all that a token is believed: who it is for, and when it was issued,
// in whole seconds. What it says about role, company or e-mail is not read, since
// the stored user decides.
type Verified struct {
	UserID   uuid.UUID
	IssuedAt time.Time
	// Digest is the token's TokenDigest.
	Digest Digest
}

// Verify accepts a token of either service that any of the keys signed, with
// HS256 and nothing else, that has not expired, says when it was issued (no
// later than IssuedAtLeeway from now) and whom it is for. It fails with
// ErrExpiredToken or else ErrInvalidToken. Whether the user still exists, and
// the token was not revoked (TokenRevoked), is for the caller to check.
func (s *Signer) Verify(token string) (Verified, error) {
	if len(token) > maxTokenBytes {
		return Verified{}, ErrInvalidToken
	}
	digest := TokenDigest(token)
	claims, cached := s.verifiedCache.Get(digest)
	if !cached {
		claims = new(verifiedClaims)
		if _, err := s.parser.ParseWithClaims(token, claims, s.verificationKeys); err != nil {
			return Verified{}, ErrInvalidToken // not wrapped: the library's errors may quote the token
		}
	}
	if err := s.validate(claims); err != nil {
		return Verified{}, err
	}
	if !cached {
		s.verifiedCache.Add(digest, claims)
	}
	return Verified{UserID: claims.userID, IssuedAt: claims.IssuedAt.UTC(), Digest: digest}, nil
}

// validate fails with ErrExpiredToken or ErrInvalidToken.
func (s *Signer) validate(claims *verifiedClaims) error {
	if err := s.times.Validate(claims); errors.Is(err, jwt.ErrTokenExpired) {
		return ErrExpiredToken
	} else if err != nil {
		return ErrInvalidToken
	}
	if s.issuedAt.Validate(claims) != nil {
		return ErrInvalidToken
	}
	return nil
}

func (s *Signer) verificationKeys(*jwt.Token) (any, error) { return s.keys, nil }
