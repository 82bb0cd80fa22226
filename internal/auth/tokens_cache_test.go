package auth_test

import (
	"errors"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/stay-sidekick/profile-server/internal/auth"
)

// second is moment in the precision of a token.
var second = moment.Truncate(time.Second)

func TestCachedTokenTimesAreCheckedAgain(t *testing.T) {
	now := second
	s := mustSigner(t, func() time.Time { return now })
	token := signedWith(t, jwt.SigningMethodHS256, []byte(testKey), jwt.MapClaims{
		"user_id": testClaims.UserID, "iat": second.Unix(), "nbf": second.Unix(), "exp": second.Add(time.Hour).Unix(),
	})
	first, err := s.Verify(token)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after time.Duration
		want  error
	}{
		{time.Hour - time.Nanosecond, nil},
		{time.Hour, auth.ErrExpiredToken},
		{0, nil},
		{-time.Nanosecond, auth.ErrInvalidToken}, // before nbf, because the clock was set back
	} {
		now = second.Add(c.after)
		got, err := s.Verify(token)
		if !errors.Is(err, c.want) {
			t.Errorf("after %v: error %v, want %v", c.after, err, c.want)
		}
		if c.want == nil && got != first || c.want != nil && got != (auth.Verified{}) {
			t.Errorf("after %v: %+v", c.after, got)
		}
	}
}

func TestCachedTokenIssuedInTheFutureIsRejected(t *testing.T) {
	now := moment
	s := mustSigner(t, func() time.Time { return now })
	token := mustIssue(t, s)
	if _, err := s.Verify(token); err != nil {
		t.Fatal(err)
	}
	now = second.Add(-auth.IssuedAtLeeway - time.Nanosecond)
	if _, err := s.Verify(token); !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("got %v", err)
	}
}

func TestAlteredCachedTokenIsRejected(t *testing.T) {
	s := mustSigner(t, at(moment))
	token := mustIssue(t, s)
	if _, err := s.Verify(token); err != nil {
		t.Fatal(err)
	}
	for i := range token {
		other := []byte(token)
		other[i] ^= 1
		if _, err := s.Verify(string(other)); !errors.Is(err, auth.ErrInvalidToken) {
			t.Errorf("character %d: %v", i, err)
		}
	}
}
