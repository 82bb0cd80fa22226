package auth_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/auth"
)

// Signing keys for tests only, recognizable as such.
const (
	testKey    = "TEST-ONLY key for tokens, current one"
	testOldKey = "TEST-ONLY key for tokens, the old one"
)

var testClaims = auth.Claims{
	UserID:             uuid.MustParse("0f0e0d0c-0000-4000-8000-00000000a001"),
	CompanyID:          uuid.MustParse("0f0e0d0c-0000-4000-8000-00000000c001"),
	Email:              "contrato-admin@example.com",
	Role:               auth.Admin,
	Superadmin:         true,
	MustChangePassword: true,
}

// mustSigner returns a signer with the test keys, a lifetime of an hour and the
// given clock.
func mustSigner(t *testing.T, now func() time.Time) *auth.Signer {
	t.Helper()
	s, err := auth.NewSigner(auth.SignerConfig{
		Key: []byte(testKey), OldKeys: [][]byte{[]byte(testOldKey)}, Lifetime: time.Hour, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustIssue(t *testing.T, s *auth.Signer) string {
	t.Helper()
	token, err := s.Issue(testClaims)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func at(moment time.Time) func() time.Time {
	return func() time.Time { return moment }
}
