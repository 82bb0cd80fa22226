package auth_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
)

// A token issued at moment has the times issued and expires.
var (
	moment  = time.Date(2026, 3, 1, 10, 0, 0, 987_654_321, time.FixedZone("Madrid", 3600))
	issued  = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	expires = issued.Add(time.Hour)
)

func TestVerifyAcceptsIssuedTokens(t *testing.T) {
	s := mustSigner(t, at(moment))
	token := mustIssue(t, s)
	got, err := s.Verify(token)
	want := auth.Verified{UserID: testClaims.UserID, IssuedAt: issued, Digest: sha256.Sum256([]byte(token))}
	if err != nil || got != want {
		t.Errorf("Verify = %+v, %v; want %+v", got, err, want)
	}
}

func TestTokenExpiresToTheSecond(t *testing.T) {
	token := mustIssue(t, mustSigner(t, at(moment)))
	if _, err := mustSigner(t, at(expires.Add(-time.Nanosecond))).Verify(token); err != nil {
		t.Errorf("a nanosecond before: %v", err)
	}
	_, err := mustSigner(t, at(expires)).Verify(token)
	if !errors.Is(err, auth.ErrExpiredToken) || !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("at the time of expiry: %v", err)
	}
}

func TestVerifyRejectsForeignTokens(t *testing.T) {
	s := mustSigner(t, at(moment))
	token := mustIssue(t, s)
	header, rest, _ := strings.Cut(token, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	claims := fmt.Sprintf(`{"user_id":"%s","iat":%d,"exp":%d}`, testClaims.UserID, moment.Unix(), moment.Unix()+60)
	for name, bad := range map[string]string{
		"empty":                    "",
		"not base64":               "not.a.token",
		"dots":                     "..",
		"two segments":             header + "." + payload,
		"four segments":            token + ".x",
		"padded":                   token + "=",
		"no signature":             header + "." + payload + ".",
		"truncated signature":      token[:len(token)-4],
		"unused bits in signature": header + "." + payload + "." + withUnusedBits(signature),
		"claims of another token":  header + "." + payload[:len(payload)-4] + "AAAA." + signature,
		"longer than 4 KiB":        signedText(t, `{"padding":"`+strings.Repeat("p", 4000)+`",`+claims[1:]),
		"claims are a string":      signedText(t, `"text"`),
		"claims are an array":      signedText(t, `[]`),
		"claims are null":          signedText(t, `null`),
		"claims are not JSON":      signedText(t, `{"user_id":`),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := s.Verify(bad)
			if !errors.Is(err, auth.ErrInvalidToken) || errors.Is(err, auth.ErrExpiredToken) {
				t.Errorf("error %v", err)
			}
			if got != (auth.Verified{}) {
				t.Errorf("Verify = %+v", got)
			}
		})
	}
	if _, err := s.Verify(signedText(t, claims)); err != nil {
		t.Errorf("the same claims with a valid signature: %v", err)
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
		{`{"alg":"HS256"}`, `{"User_ID":OTHER,"user_id":USER,"iat":NOW,"exp":SOON}`, nil},
		{`{"alg":"HS256"}`, `{"user_id":USER,"User_Id":1,"iat":NOW,"exp":SOON}`, nil},
		{`{"alg":"HS256"}`, `{"user_id":USER,"uſer_id":OTHER,"iat":NOW,"exp":SOON}`, nil}, // a long s
		{`{"alg":"HS256"}`, `{"user_id":OTHER,"user_id":USER,"iat":NOW,"exp":SOON}`, nil}, // the last one counts
		{`{"alg":"HS256"}`, `{"user_id":USER,"iat":NOW,"IAT":LATE,"exp":SOON}`, nil},
		{`{"alg":"HS256"}`, `{"user_id":USER,"iat":NOW,"exp":SOON,"EXP":PAST}`, nil},
		{`{"alg":"HS256"}`, `{"user_id":USER,"iat":NOW,"exp":SOON,"NBF":LATE}`, nil},
		{`{"alg":"HS256","ALG":"none"}`, `{"user_id":USER,"iat":NOW,"exp":SOON}`, nil},
		{`{"alg":"HS256"}`, `{"user_id":USER,"iat":NOW,"exp":PAST,"EXP":SOON}`, auth.ErrExpiredToken},
		{`{"alg":"HS256"}`, `{"User_ID":USER,"iat":NOW,"exp":SOON}`, auth.ErrInvalidToken},
		{`{"alg":"HS256"}`, `{"user_id":USER,"IAT":NOW,"exp":SOON}`, auth.ErrInvalidToken},
		{`{"alg":"HS256"}`, `{"user_id":USER,"iat":NOW,"EXP":SOON}`, auth.ErrInvalidToken},
		{`{"ALG":"HS256"}`, `{"user_id":USER,"iat":NOW,"exp":SOON}`, auth.ErrInvalidToken},
	} {
		got, err := s.Verify(signedParts(t, c.header, replacer.Replace(c.claims)))
		if !errors.Is(err, c.want) || c.want == nil && (got.UserID != testClaims.UserID || got.IssuedAt.Unix() != now) {
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
			if !errors.Is(err, auth.ErrInvalidToken) || errors.Is(err, auth.ErrExpiredToken) {
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
		t.Run(name, func(t *testing.T) {
			c.Now = time.Now
			_, err := auth.NewSigner(c)
			if err == nil || strings.Contains(err.Error(), "kkk") {
				t.Errorf("error %v", err)
			}
		})
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
		if got, err := s.Verify(token); !errors.Is(err, c.want) || (got == auth.Verified{}) != (c.want != nil) {
			t.Errorf("nbf %v, after %v: %+v, %v, want %v", c.nbf, c.after, got, err, c.want)
		}
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

func FuzzVerify(f *testing.F) {
	s := mustSigner(f, at(moment))
	token := mustIssue(f, s)
	f.Add(token)
	f.Add("..")
	f.Fuzz(func(t *testing.T, candidate string) {
		_, err := s.Verify(candidate)
		if candidate == token && err != nil || candidate != token && !errors.Is(err, auth.ErrInvalidToken) {
			t.Errorf("Verify(%q): %v", candidate, err)
		}
	})
}

func TestVerifyOfPythonTokens(t *testing.T) {
	var file struct {
		Now    int64
		UserID string `json:"user_id"`
		Cases  []struct{ Name, Verdict, Token string }
	}
	readJSON(t, "testdata/python_tokens.json", &file)
	if len(file.Cases) < 28 {
		t.Fatalf("only %d cases were read", len(file.Cases))
	}
	s := mustSigner(t, at(time.Unix(file.Now, 0)))
	for _, c := range file.Cases {
		t.Run(c.Verdict+": "+c.Name, func(t *testing.T) {
			got, err := s.Verify(c.Token)
			if verdict := verdictOf(err); verdict != c.Verdict {
				t.Fatalf("got %s (%v)", verdict, err)
			}
			if err != nil && strings.Contains(err.Error(), c.Token[:20]) {
				t.Errorf("the error quotes the token: %v", err)
			}
			if err == nil && got.UserID.String() != file.UserID {
				t.Errorf("for user %v, want %v", got.UserID, file.UserID)
			}
		})
	}
}

func verdictOf(err error) string {
	switch {
	case err == nil:
		return "valid"
	case errors.Is(err, auth.ErrExpiredToken):
		return "expired"
	case errors.Is(err, auth.ErrInvalidToken):
		return "invalid"
	}
	return err.Error()
}

// The script decodes a token as strictly as PyJWT can.
func TestPythonAcceptsIssuedTokens(t *testing.T) {
	now := time.Now()
	input, err := json.Marshal(map[string]string{"Token": mustIssue(t, mustSigner(t, at(now))), "Key": testKey})
	if err != nil {
		t.Fatal(err)
	}
	const script = `
import json, sys, jwt
given = json.load(sys.stdin)
options = {"require": ["exp", "iat", "sub"]}
claims = jwt.decode(given["Token"], given["Key"], algorithms=["HS256"], options=options)
del claims["jti"]
print(json.dumps(claims, sort_keys=True, separators=(",", ":")))
`
	want := fmt.Sprintf(`{"debe_cambiar_password":true,"empresa_id":"%s","es_superadmin":true,"exp":%d,"iat":%d,`+
		`"rol":"admin","sub":"%s","user_id":"%s"}`, testClaims.CompanyID, now.Unix()+3600, now.Unix(), testClaims.Email, testClaims.UserID)
	if got := testprogram.Python(t, "jwt", "python3-jwt", script, string(input)); got != want {
		t.Errorf("Python reads %s, want %s", got, want)
	}
}
