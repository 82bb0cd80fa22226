package auth_test

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
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

var jtiPattern = regexp.MustCompile(`"jti":"[0-9a-f-]{36}"`)

func TestIssueWritesTheSharedClaims(t *testing.T) {
	segments := strings.Split(mustIssue(t, mustSigner(t, at(moment))), ".")
	if got, want := decode(t, segments[0]), `{"alg":"HS256","typ":"JWT"}`; got != want {
		t.Errorf("header %s, want %s", got, want)
	}
	want := fmt.Sprintf(`{"sub":"contrato-admin@example.com","exp":%d,"iat":%d,"jti":"*","user_id":"0f0e0d0c-0000-4000-8000-00000000a001",`+
		`"empresa_id":"0f0e0d0c-0000-4000-8000-00000000c001","rol":"admin","es_superadmin":true,"debe_cambiar_password":true}`,
		expires.Unix(), issued.Unix())
	if got := jtiPattern.ReplaceAllString(decode(t, segments[1]), `"jti":"*"`); got != want {
		t.Errorf("claims %s\nwant %s", got, want)
	}
}

func decode(t *testing.T, segment string) string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestVerifyAcceptsIssuedTokens(t *testing.T) {
	s := mustSigner(t, at(moment))
	token := mustIssue(t, s)
	got, err := s.Verify(token)
	want := auth.Verified{UserID: testClaims.UserID, IssuedAt: issued, Digest: auth.TokenDigest(token)}
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
	claims := jwt.MapClaims{"user_id": testClaims.UserID, "iat": moment.Unix(), "exp": moment.Unix() + 60}
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
		"longer than 4 KiB":        signedWith(t, jwt.SigningMethodHS256, []byte(testKey), withPadding(claims, 4000)),
		"RS256":                    signedWith(t, jwt.SigningMethodRS256, rsaKey(t), claims),
		"none":                     signedWith(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims),
		"HS512":                    signedWith(t, jwt.SigningMethodHS512, []byte(testKey), claims),
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
	if _, err := s.Verify(signedWith(t, jwt.SigningMethodHS256, []byte(testKey), claims)); err != nil {
		t.Errorf("the same claims with a valid signature: %v", err)
	}
}

func TestClaimNamesAreCaseSensitive(t *testing.T) {
	s := mustSigner(t, at(moment))
	now := moment.Unix()
	user, other := `"`+testClaims.UserID.String()+`"`, `"0f0e0d0c-0000-4000-8000-00000000a002"`
	iat, exp := fmt.Sprintf(`"iat":%d`, now), fmt.Sprintf(`"exp":%d`, now+60)
	id := `"user_id":` + user
	for name, c := range map[string]struct {
		header, claims string
		want           error
	}{
		"USER_ID after user_id":      {claims: id + `,"USER_ID":` + other + "," + iat + "," + exp},
		"USER_ID before user_id":     {claims: `"USER_ID":` + other + "," + id + "," + iat + "," + exp},
		"User_Id of another type":    {claims: id + `,"User_Id":1,` + iat + "," + exp},
		"user_id with a long s":      {claims: id + `,"uſer_id":` + other + "," + iat + "," + exp},
		"user_id twice":              {claims: `"user_id":` + other + "," + id + "," + iat + "," + exp},
		"IAT ahead":                  {claims: id + "," + iat + "," + exp + fmt.Sprintf(`,"IAT":%d`, now+3600)},
		"EXP in the past":            {claims: id + "," + iat + "," + exp + fmt.Sprintf(`,"EXP":%d`, now-1)},
		"NBF ahead":                  {claims: id + "," + iat + "," + exp + fmt.Sprintf(`,"NBF":%d`, now+3600)},
		"ALG beside alg":             {header: `{"alg":"HS256","ALG":"none"}`, claims: id + "," + iat + "," + exp},
		"EXP ahead, exp in the past": {claims: id + "," + iat + fmt.Sprintf(`,"exp":%d,"EXP":%d`, now-1, now+60), want: auth.ErrExpiredToken},
		"USER_ID without user_id":    {claims: `"USER_ID":` + user + "," + iat + "," + exp, want: auth.ErrInvalidToken},
		"IAT without iat":            {claims: id + fmt.Sprintf(`,"IAT":%d,`, now) + exp, want: auth.ErrInvalidToken},
		"EXP without exp":            {claims: id + "," + iat + fmt.Sprintf(`,"EXP":%d`, now+60), want: auth.ErrInvalidToken},
		"ALG without alg":            {header: `{"ALG":"HS256"}`, claims: id + "," + iat + "," + exp, want: auth.ErrInvalidToken},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := s.Verify(signedParts(t, cmp.Or(c.header, `{"alg":"HS256"}`), "{"+c.claims+"}"))
			if !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if c.want == nil && (got.UserID != testClaims.UserID || got.IssuedAt.Unix() != now) {
				t.Errorf("Verify = %+v", got)
			}
		})
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

func withPadding(c jwt.MapClaims, n int) jwt.MapClaims {
	padded := jwt.MapClaims{"padding": strings.Repeat("p", n)}
	for k, v := range c {
		padded[k] = v
	}
	return padded
}

func rsaKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func signedWith(t *testing.T, method jwt.SigningMethod, key any, claims jwt.Claims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(method, claims).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
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

func TestTokenDigestIsTheSHA256OfTheToken(t *testing.T) {
	want := sha256.Sum256([]byte("a.b.c"))
	if got := auth.TokenDigest("a.b.c"); got != want {
		t.Errorf("TokenDigest = %x, want %x", got, want)
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

func BenchmarkVerify(b *testing.B) {
	s := mustSigner(b, at(moment))
	token := mustIssue(b, s)
	b.Run("Cached", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Verify(token); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("New", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			s := mustSigner(b, at(moment))
			b.StartTimer()
			if _, err := s.Verify(token); err != nil {
				b.Fatal(err)
			}
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

// pythonVerify decodes a token as strictly as PyJWT can.
const pythonVerify = `
import json, sys, jwt
given = json.load(sys.stdin)
options = {"require": ["exp", "iat", "sub"]}
print(json.dumps(jwt.decode(given["Token"], given["Key"], algorithms=["HS256"], options=options)))
`

func TestPythonAcceptsIssuedTokens(t *testing.T) {
	before := time.Now().Unix()
	token := mustIssue(t, mustSigner(t, time.Now))
	input, err := json.Marshal(map[string]string{"Token": token, "Key": testKey})
	if err != nil {
		t.Fatal(err)
	}
	out := testprogram.Python(t, "jwt", "python3-jwt", pythonVerify, string(input))

	var got struct {
		Sub, Rol           string
		UserID             string `json:"user_id"`
		CompanyID          string `json:"empresa_id"`
		Superadmin         bool   `json:"es_superadmin"`
		MustChangePassword bool   `json:"debe_cambiar_password"`
		Iat, Exp           int64
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Sub != testClaims.Email || got.Rol != "admin" || !got.Superadmin || !got.MustChangePassword ||
		got.UserID != testClaims.UserID.String() || got.CompanyID != testClaims.CompanyID.String() {
		t.Errorf("Python reads %s", out)
	}
	if got.Exp-got.Iat != 3600 || got.Iat < before {
		t.Errorf("Python reads iat %d and exp %d", got.Iat, got.Exp)
	}
}
