package auth_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/stay-sidekick/profile-server/internal/auth"
)

// A token issued at moment has the times issued and expires.
var (
	moment  = time.Date(2026, 3, 1, 10, 0, 0, 987_654_321, time.FixedZone("Madrid", 3600))
	issued  = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	expires = issued.Add(time.Hour)
)

func TestIssuedTokenIsValidUntilItExpires(t *testing.T) {
	token := mustIssue(t, mustSigner(t, at(moment)))
	want := auth.Verified{UserID: testClaims.UserID, IssuedAt: issued, Digest: sha256.Sum256([]byte(token))}
	for _, now := range []time.Time{moment, expires.Add(-time.Nanosecond)} {
		if got, err := mustSigner(t, at(now)).Verify(token); err != nil || got != want {
			t.Errorf("at %s: %+v, %v; want %+v", now, got, err, want)
		}
	}
	_, err := mustSigner(t, at(expires)).Verify(token)
	if err != auth.ErrExpiredToken || !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("at the time of expiry: %v", err)
	}
}

func TestVerifyRejectsForeignTokens(t *testing.T) {
	s := mustSigner(t, at(moment))
	token := mustIssue(t, s)
	header, rest, _ := strings.Cut(token, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	claims := fmt.Sprintf(`{"user_id":"%s","iat":%d,"exp":%d}`, testClaims.UserID, moment.Unix(), moment.Unix()+60)
	for _, valid := range []string{token, signedText(t, claims)} {
		if _, err := s.Verify(valid); err != nil { // now the token is cached
			t.Fatal(err)
		}
	}
	foreign := map[string]string{
		"empty":                    "",
		"two segments":             header + "." + payload,
		"four segments":            token + ".x",
		"padded":                   token + "=",
		"no signature":             header + "." + payload + ".",
		"unused bits in signature": header + "." + payload + "." + withUnusedBits(signature),
		"longer than 4 KiB":        signedText(t, `{"padding":"`+strings.Repeat("p", 4000)+`",`+claims[1:]),
		"claims are a string":      signedText(t, `"text"`),
		"claims are an array":      signedText(t, `[]`),
		"claims are null":          signedText(t, `null`),
		"claims are not JSON":      signedText(t, `{"user_id":`),
	}
	for i, c := range []byte(token) {
		foreign[fmt.Sprint("another character ", i)] = token[:i] + string(c^1) + token[i+1:]
	}
	for name, bad := range foreign {
		if got, err := s.Verify(bad); err != auth.ErrInvalidToken || got != (auth.Verified{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestClaimNamesAreCaseSensitive(t *testing.T) {
	s := mustSigner(t, at(moment))
	now := moment.Unix()
	replacer := strings.NewReplacer("USER", `"`+testClaims.UserID.String()+`"`, "OTHER", `"0f0e0d0c-0000-4000-8000-00000000a002"`,
		"NOW", fmt.Sprint(now), "SOON", fmt.Sprint(now+60), "LATE", fmt.Sprint(now+3600), "PAST", fmt.Sprint(now-1))
	for _, c := range []struct {
		header, claims string
		want           error
	}{
		{`{"alg":"HS256"}`, `{"user_id":USER,"User_ID":OTHER,"iat":NOW,"exp":SOON}`, nil},
		{`{"alg":"HS256"}`, `{"user_id":USER,"uſer_id":OTHER,"iat":NOW,"exp":SOON}`, nil}, // a long s
		{`{"alg":"HS256"}`, `{"user_id":OTHER,"user_id":USER,"iat":NOW,"exp":SOON}`, nil}, // the last one counts
		{`{"alg":"HS256"}`, `{"user_id":USER,"iat":NOW,"IAT":LATE,"exp":SOON}`, nil},
		{`{"alg":"HS256"}`, `{"user_id":USER,"iat":NOW,"exp":SOON,"NBF":LATE}`, nil},
		{`{"alg":"HS256","ALG":"none"}`, `{"user_id":USER,"iat":NOW,"exp":SOON}`, nil},
		{`{"alg":"HS256"}`, `{"user_id":USER,"iat":NOW,"exp":PAST,"EXP":SOON}`, auth.ErrExpiredToken},
		{`{"alg":"HS256"}`, `{"User_ID":USER,"iat":NOW,"exp":SOON}`, auth.ErrInvalidToken},
		{`{"ALG":"HS256"}`, `{"user_id":USER,"iat":NOW,"exp":SOON}`, auth.ErrInvalidToken},
	} {
		got, err := s.Verify(signedParts(t, c.header, replacer.Replace(c.claims)))
		if err != c.want || err == nil && (got.UserID != testClaims.UserID || got.IssuedAt.Unix() != now) {
			t.Errorf("%s %s: got %+v, %v, want %v", c.header, c.claims, got, err, c.want)
		}
	}
}

// The conversion of such a number to an integer depends on the architecture.
func TestTokenWithATimeOutOfRangeIsRejected(t *testing.T) {
	s := mustSigner(t, at(moment))
	for _, name := range []string{"exp", "iat", "nbf"} {
		for _, seconds := range []string{"-1e-9", "-1", "-1e300", "9007199254740994", "9223372036854775807", "9223372036854775808", "1e300", "1e400"} {
			times := map[string]string{"exp": fmt.Sprint(moment.Unix() + 60), "iat": fmt.Sprint(moment.Unix()), "nbf": "1"}
			times[name] = seconds
			_, err := s.Verify(signedText(t, fmt.Sprintf(`{"user_id":"%s","exp":%s,"iat":%s,"nbf":%s}`,
				testClaims.UserID, times["exp"], times["iat"], times["nbf"])))
			if err != auth.ErrInvalidToken {
				t.Errorf("%s %s: error %v", name, seconds, err)
			}
		}
	}
}

// withUnusedBits sets one of the two low bits of the last character, which encode
// no byte of the signature.
func withUnusedBits(signature string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := len(signature) - 1
	i := strings.IndexByte(alphabet, signature[last])
	return signature[:last] + alphabet[i+1:i+2]
}

// signedText signs claims that may be malformed.
func signedText(t *testing.T, claims string) string {
	t.Helper()
	return signedParts(t, `{"alg":"HS256"}`, claims)
}

// signedParts signs a header and claims that may be malformed with HS256.
func signedParts(t *testing.T, header, claims string) string {
	t.Helper()
	text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." +
		base64.RawURLEncoding.EncodeToString([]byte(claims))
	signature, err := jwt.SigningMethodHS256.Sign(text, []byte(testKey))
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func TestNewSignerRejectsWeakSettings(t *testing.T) {
	good, short := bytes.Repeat([]byte("k"), 32), bytes.Repeat([]byte("k"), 31)
	for name, c := range map[string]auth.SignerConfig{
		"no key":            {Lifetime: time.Hour},
		"short key":         {Key: short, Lifetime: time.Hour},
		"short old key":     {Key: good, OldKeys: [][]byte{good, short}, Lifetime: time.Hour},
		"no lifetime":       {Key: good},
		"negative lifetime": {Key: good, Lifetime: -time.Hour},
	} {
		c.Now = time.Now
		if _, err := auth.NewSigner(c); err == nil || strings.Contains(err.Error(), "kkk") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestSignerIsNeverPrinted(t *testing.T) {
	s := mustSigner(t, time.Now)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%c"} {
		if got := fmt.Sprintf(verb, s); got != "auth.Signer" {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}

func TestCachedTokenTimesAreCheckedAgain(t *testing.T) {
	for _, c := range []struct {
		nbf, after time.Duration
		want       error
	}{
		{0, time.Hour - time.Nanosecond, nil},
		{0, time.Hour, auth.ErrExpiredToken},
		{0, -time.Nanosecond, auth.ErrInvalidToken}, // before nbf, because the clock was set back
		{-time.Hour, -auth.IssuedAtLeeway, nil},
		{-time.Hour, -auth.IssuedAtLeeway - time.Nanosecond, auth.ErrInvalidToken},
	} {
		now := issued
		s := mustSigner(t, func() time.Time { return now })
		token := signedText(t, fmt.Sprintf(`{"user_id":"%s","iat":%d,"nbf":%d,"exp":%d}`,
			testClaims.UserID, issued.Unix(), issued.Add(c.nbf).Unix(), issued.Add(time.Hour).Unix()))
		if _, err := s.Verify(token); err != nil {
			t.Fatal(err)
		}
		now = issued.Add(c.after)
		if got, err := s.Verify(token); err != c.want || (got == auth.Verified{}) != (err != nil) {
			t.Errorf("nbf %v, after %v: %+v, %v, want %v", c.nbf, c.after, got, err, c.want)
		}
	}
}
