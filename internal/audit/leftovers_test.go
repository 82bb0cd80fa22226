package audit_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestWhatIsKeptOfUsersAndCompaniesGoesWithThemAndOldAddressesGo(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	company := testdb.Company(t, pool, testdb.CompanyRow{}).ID
	user := testdb.User(t, pool, testdb.UserRow{CompanyID: company}).ID
	for _, id := range []uuid.UUID{user, uuid.New()} {
		execute(t, pool, "insert into profile.kept_tokens (user_id, token_sha256, password_changed_at) values ($1, sha256('a'), now())", id)
		execute(t, pool, "insert into profile.token_cutoffs (user_id, issued_before) values ($1, now())", id)
		execute(t, pool, "insert into profile.known_addresses (user_id, address_sha256, signed_in_at) values ($1, sha256('new'), now() - interval '29 days')", id)
	}
	// More than a transaction deletes.
	execute(t, pool, `insert into profile.known_addresses (user_id, address_sha256, signed_in_at)
		select $1, sha256(n::text::bytea), now() - interval '31 days' from generate_series(1, 1500) n`, user)
	for _, id := range []uuid.UUID{company, uuid.New()} {
		execute(t, pool, "insert into profile.integration_changes (company_id, integration, updated_at, actor_email) values ($1, 'pms', now(), 'a@b.example')", id)
	}
	if _, err := audit.Prune(t.Context(), testdb.WithLongTimeouts(pool), time.Now(), year); err != nil {
		t.Fatal(err)
	}
	var left []uuid.UUID
	err := pool.QueryRow(t.Context(), `select array(select user_id from profile.kept_tokens union all select user_id from profile.token_cutoffs
		union all select user_id from profile.known_addresses union all select company_id from profile.integration_changes)`).Scan(&left)
	if err != nil || !slices.Equal(left, []uuid.UUID{user, user, user, company}) {
		t.Errorf("left are %v, %v, want those of user %s and company %s", left, err, user, company)
	}
}
