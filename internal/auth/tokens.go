package auth

import (
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
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
)

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
	parser *jwt.Parser
	known  *knownTokens
}

// NewSigner fails when a key is too short or Life is less than a second. The
// error never quotes a key.
func NewSigner(c SignerConfig) (*Signer, error) {
	s := &Signer{key: c.Key, life: c.Life, now: c.Now, known: newKnownTokens()}
	for _, k := range append([][]byte{c.Key}, c.OldKeys...) {
		if len(k) < MinKeyBytes {
			return nil, fmt.Errorf("auth: a key for tokens needs at least %d bytes", MinKeyBytes)
		}
		s.keys.Keys = append(s.keys.Keys, k)
	}
	if c.Life < time.Second {
		return nil, errors.New("auth: the life of a token must be at least a second")
	}
	s.parser = jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithExpirationRequired(),
		jwt.WithStrictDecoding(), // one spelling of a token, one digest
		jwt.WithTimeFunc(c.Now),
	)
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

// Verified is all that a token is believed: who it is for, and its times in
// whole seconds. What it says about role, company or e-mail is not read, since
// the stored user decides.
type Verified struct {
	UserID    uuid.UUID
	IssuedAt  time.Time
	ExpiresAt time.Time
	// Digest is the token's TokenDigest.
	Digest Digest

	notBefore time.Time // zero when the token does not say
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
	if known, ok := s.known.get(digest); ok {
		if err := s.inTime(known); err != nil {
			return Verified{}, err
		}
		return known, nil
	}
	verified, err := s.parse(token)
	if err != nil {
		return Verified{}, err
	}
	verified.Digest = digest
	s.known.add(verified)
	return verified, nil
}

// parse reads the claims into a map, whose names are case-sensitive, unlike the
// fields of a struct. Of a name that occurs twice the last value counts, as in
// Python. Decimals of times are cut.
func (s *Signer) parse(token string) (Verified, error) {
	claims := jwt.MapClaims{}
	_, err := s.parser.ParseWithClaims(token, claims, s.verificationKeys)
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return Verified{}, ErrExpiredToken
	case err != nil: // not wrapped: the library's errors may quote the token
		return Verified{}, ErrInvalidToken
	}
	userID, _ := claims["user_id"].(string)
	user, err := uuid.Parse(userID)
	issuedAt, _ := claims.GetIssuedAt() // nil when it is missing or not a number
	if err != nil || !s.couldBeIssued(issuedAt) {
		return Verified{}, ErrInvalidToken
	}
	expiresAt, _ := claims.GetExpirationTime() // the parser requires it
	v := Verified{UserID: user, IssuedAt: issuedAt.UTC(), ExpiresAt: expiresAt.UTC()}
	if notBefore, _ := claims.GetNotBefore(); notBefore != nil {
		v.notBefore = notBefore.UTC()
	}
	return v, nil
}

// couldBeIssued also refuses times before 1970, which is where numbers end up
// that are too large for a date.
func (s *Signer) couldBeIssued(at *jwt.NumericDate) bool {
	return at != nil && at.Unix() >= 0 && !at.After(s.now().Add(IssuedAtLeeway))
}

func (s *Signer) verificationKeys(*jwt.Token) (any, error) { return s.keys, nil }
