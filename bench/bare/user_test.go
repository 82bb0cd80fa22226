package main

import (
	"crypto/sha256"
	"os"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

const testKey = "test-key-test-key-test-key-test-key" // for tests only

func sign(t *testing.T, claims jwt.MapClaims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(testKey))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// With fewer checks than the server's, the comparison would be unfair.
func TestTokenIsCheckedAgainstStoredUserAsInServer(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	now := time.Now().Truncate(time.Second)
	company := testdb.Company(t, pool, testdb.CompanyRow{}).ID
	closed := testdb.Company(t, pool, testdb.CompanyRow{Inactive: true}).ID
	user := func(row testdb.UserRow) string {
		if row.CompanyID != closed {
			row.CompanyID = company
		}
		return testdb.User(t, pool, row).ID.String()
	}
	issued := func(id string, at time.Time) string {
		return sign(t, jwt.MapClaims{"user_id": id, "iat": at.Unix(), "exp": now.Add(time.Hour).Unix()})
	}
	exec := func(sql string, args ...any) {
		if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	minuteAgo := now.Add(-time.Minute)
	active, reset := user(testdb.UserRow{}), user(testdb.UserRow{})
	changed := user(testdb.UserRow{PasswordChangedAt: now})
	kept := issued(changed, now.Add(-2*time.Minute))
	digest := sha256.Sum256([]byte(kept))
	exec("insert into profile.kept_tokens (user_id, token_sha256, password_changed_at) values ($1, $2, $3)", changed, digest[:], now)
	exec("insert into profile.token_cutoffs (user_id, issued_before) values ($1, $2)", reset, now)

	v := newVerifier([]byte(testKey))
	for name, c := range map[string]struct {
		token    string
		accepted bool
	}{
		"a valid token":               {issued(active, minuteAgo), true},
		"no expiry":                   {sign(t, jwt.MapClaims{"user_id": active, "iat": minuteAgo.Unix()}), false},
		"expired":                     {sign(t, jwt.MapClaims{"user_id": active, "iat": minuteAgo.Unix(), "exp": minuteAgo.Unix()}), false},
		"a changed signature":         {issued(active, minuteAgo) + "x", false},
		"an inactive user":            {issued(user(testdb.UserRow{Inactive: true}), minuteAgo), false},
		"an inactive company":         {issued(user(testdb.UserRow{CompanyID: closed}), minuteAgo), false},
		"before a password change":    {issued(changed, minuteAgo), false},
		"after a password change":     {issued(changed, now), true},
		"kept by the password change": {kept, true},
		"before a reset":              {issued(reset, minuteAgo), false},
		"an unknown user":             {issued("00000000-0000-4000-8000-000000000000", minuteAgo), false},
	} {
		if _, err := v.user(t.Context(), pool, "Bearer "+c.token); (err == nil) != c.accepted {
			t.Errorf("%s: %v", name, err)
		}
	}
}
