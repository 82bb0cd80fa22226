package company_test

import (
	"testing"

	"github.com/stay-sidekick/profile-server/internal/company"
	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/internal/connection"
	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// A save that keeps a secret must not write the ciphertext of an old Fernet key after a
// rotation that reported that none is left.
func TestSaveDuringARotationLeavesNoUnreportedSecretUnderAnOldKey(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	oldKey, err := keyring.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	s := testserver.On(t, database.Pool, func(c *config.Config) { c.FernetOldKeys = []keyring.Key{oldKey} })
	id := testdb.Company(t, s.Pool, testdb.CompanyRow{}).ID
	set := func(key string) error {
		_, err := s.App.Companies.Set(t.Context(), id, company.PMS, company.Change{
			Credentials: connection.Credentials{Provider: connection.Smoobu, Key: key, Secret: "secret"},
		}, nil)
		return err
	}
	if err := set("first"); err != nil {
		t.Fatal(err)
	}
	ciphertext, err := keyring.NewRing(oldKey).Encrypt("secret")
	if err != nil {
		t.Fatal(err)
	}
	testdb.Exec(t, s.Pool, "update profile.pms_credentials set encrypted_secret = $1", ciphertext)
	testdb.Exec(t, s.Pool, `insert into profile.connection_checks (company_id, integration, ciphertext_sha256, provider, status, checked_at, duration_ms, models)
		values ($1, 'pms', sha256('x'), 'smoobu', 'VALID', now(), 1, '{}')`, id)

	// The save waits for this lock after it has read the secret.
	tx, err := s.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	testdb.Exec(t, tx, "select from profile.connection_checks for update")
	saved := make(chan error, 1)
	go func() { saved <- set("second") }()
	testtime.Eventually(t, "the save waits", func() bool {
		return testdb.Value[int](t, s.Pool, "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0
	})
	result, err := keyring.Rotate(t.Context(), s.App.DB, s.App.Keys, func(string, int) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-saved; err != nil {
		t.Fatal(err)
	}
	stored := testdb.Value[string](t, s.Pool, "select encrypted_secret from profile.pms_credentials")
	if index, ok := s.App.Keys.KeyIndex(stored); !ok || (index > 0 && result.Counts.Old() == 0) {
		t.Errorf("the rotation reported %d ciphertexts under old keys, and the secret is under key %d, %t", result.Counts.Old(), index, ok)
	}
}
