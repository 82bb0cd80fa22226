package auth

import (
	"crypto/sha256"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Digest is the SHA-256 of a token, which tells it from others without being of
// use to sign in.
type Digest [sha256.Size]byte

// TokenDigest returns the digest of a token.
func TokenDigest(token string) Digest { return sha256.Sum256([]byte(token)) }

// knownTokenEntries bounds knownTokens; each takes some 250 bytes.
const knownTokenEntries = 8192

// knownTokens remembers what tokens say whose signature was found right: for as
// long as the keys are the same, it stays right. All that depends on time or on
// the stored user is checked at each request. The tokens themselves are not
// kept, and only their issuer can make an entry.
type knownTokens struct {
	byDigest *lru.Cache[Digest, Verified]
}

func newKnownTokens() *knownTokens {
	cache, err := lru.New[Digest, Verified](knownTokenEntries)
	if err != nil {
		panic(err) // only a size below 1 is refused
	}
	return &knownTokens{byDigest: cache}
}

func (k *knownTokens) get(digest Digest) (Verified, bool) { return k.byDigest.Get(digest) }

func (k *knownTokens) add(v Verified) { k.byDigest.Add(v.Digest, v) }

// inTime asks of a known token what the passing of time may change.
func (s *Signer) inTime(v Verified) error {
	now := s.now()
	switch {
	case !now.Before(v.ExpiresAt):
		return ErrExpiredToken
	case now.Before(v.notBefore), v.IssuedAt.After(now.Add(IssuedAtLeeway)):
		return ErrInvalidToken
	}
	return nil
}
