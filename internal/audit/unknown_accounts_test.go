package audit_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// writeAs writes an entry of the given age under a name that left finds it by.
func writeAs(t *testing.T, pool *pgxpool.Pool, name, kind, company, age string) {
	t.Helper()
	execute(t, pool, `insert into profile.audit_log (at, kind, company_id, request_id, changes)
		values (now() - $3::text::interval, $1, nullif($2, '')::uuid, $4, '[]')`, kind, company, age, name)
}

func wantLeft(t *testing.T, pool *pgxpool.Pool, want ...string) {
	t.Helper()
	var got []string
	rows, err := pool.Query(t.Context(), "select request_id from profile.audit_log order by id")
	if err == nil {
		got, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("left are %q, %v, want %q", got, err, want)
	}
}

func TestRefusedSignInsToUnknownAccountsAreKeptForThirtyDays(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	const company = "00000000-0000-4000-8000-000000000001"
	writeAs(t, pool, "too old for any", "SIGNED_IN", company, "366 days")
	writeAs(t, pool, "a stranger, too old for any", "SIGN_IN_REFUSED", "", "366 days")
	writeAs(t, pool, "of the service", "KEYS_ROTATED", "", "364 days")
	writeAs(t, pool, "of a company", "SIGN_IN_REFUSED", company, "364 days")
	writeAs(t, pool, "a stranger, long ago", "SIGN_IN_REFUSED", "", "31 days")
	writeAs(t, pool, "a stranger, 30 days and a minute ago", "SIGN_IN_REFUSED", "", "30 days 1 minute")
	writeAs(t, pool, "a stranger, a minute less ago", "SIGN_IN_REFUSED", "", "29 days 23 hours 59 minutes")
	for _, want := range []audit.Pruned{{Old: 2, UnknownAccounts: 2}, {}} {
		if deleted, err := audit.Prune(t.Context(), testdb.WithLongTimeouts(pool), time.Now(), year); err != nil || deleted != want {
			t.Errorf("deleted %+v, %v, want %+v", deleted, err, want)
		}
		wantLeft(t, pool, "of the service", "of a company", "a stranger, a minute less ago")
	}
	// Outside of pruning they are as safe as any other.
	wantRefused(t, pool, "delete from profile.audit_log where company_id is null and kind = 'SIGN_IN_REFUSED'")
}

func TestUnknownAccountsAreForgottenNoLaterThanOthers(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	writeAs(t, pool, "old", "SIGN_IN_REFUSED", "", "8 days")
	writeAs(t, pool, "young", "SIGN_IN_REFUSED", "", "6 days")
	deleted, err := audit.Prune(t.Context(), testdb.WithLongTimeouts(pool), time.Now(), 7*24*time.Hour)
	if err != nil || deleted != (audit.Pruned{Old: 1}) {
		t.Errorf("deleted %+v, %v", deleted, err)
	}
	wantLeft(t, pool, "young")
}

// A flood of entries of unknown accounts must not be looked for among all others.
func TestEntriesOfUnknownAccountsAreFoundByAnIndex(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	write(t, pool, 5000, "40 days")
	execute(t, pool, "analyze profile.audit_log")
	rows, err := pool.Query(t.Context(), `explain select id from profile.audit_log
		where company_id is null and kind = 'SIGN_IN_REFUSED' and at < now() - interval '30 days' order by at limit 1000 for update skip locked`)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || !slices.ContainsFunc(plan, func(line string) bool { return strings.Contains(line, "audit_log_strangers") }) {
		t.Errorf("%q, %v", plan, err)
	}
}
