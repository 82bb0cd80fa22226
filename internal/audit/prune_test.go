package audit_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// prune prunes with a retention and checks the result.
func prune(t *testing.T, pool *pgxpool.Pool, retention time.Duration, want audit.Pruned) {
	t.Helper()
	if deleted, err := audit.Prune(t.Context(), testdb.WithLongTimeouts(pool), time.Now(), retention); err != nil || deleted != want {
		t.Errorf("deleted %+v, %v, want %+v", deleted, err, want)
	}
}

func TestPruneDeletesOldEntriesAndThoseOfUnknownAccountsEarlier(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	const company = "00000000-0000-4000-8000-000000000001"
	for _, e := range []struct{ kind, company, age string }{
		{"SIGNED_IN", company, "365 days 1 minute"},
		{"SIGNED_IN", company, "364 days 23:59"},
		{"SIGN_IN_REFUSED", "", "366 days"}, // of an unknown account
		{"KEYS_ROTATED", "", "364 days"},
		{"SIGN_IN_REFUSED", company, "364 days"},
		{"SIGN_IN_REFUSED", "", "31 days"},
		{"SIGN_IN_REFUSED", "", "30 days 1 minute"},
		{"SIGN_IN_REFUSED", "", "29 days 23:59"},
		{"SIGN_IN_REFUSED", "", "6 days"},
	} {
		testdb.Exec(t, pool, `insert into profile.audit_log (at, kind, company_id, request_id, changes)
			values (now() - $3::text::interval, $1, nullif($2, '')::uuid, $3, '[]')`, e.kind, e.company, e.age)
	}
	for _, c := range []struct {
		retention time.Duration
		deleted   audit.Pruned
		left      []string
	}{
		{year, audit.Pruned{Old: 2, UnknownAccounts: 2}, []string{"364 days 23:59", "364 days", "364 days", "29 days 23:59", "6 days"}},
		{year, audit.Pruned{}, []string{"364 days 23:59", "364 days", "364 days", "29 days 23:59", "6 days"}},
		{7 * 24 * time.Hour, audit.Pruned{Old: 4}, []string{"6 days"}},
	} {
		prune(t, pool, c.retention, c.deleted)
		if left := testdb.Values[string](t, pool, "select request_id from profile.audit_log order by id"); !slices.Equal(left, c.left) {
			t.Errorf("entries %q are left, want %q", left, c.left)
		}
	}
}

// The permission to delete must end with the transaction.
func TestPruneLeavesConnectionsUnableToDelete(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	write(t, pool, 2, "2 days")
	write(t, pool, 2, "0")
	prune(t, pool, 24*time.Hour, audit.Pruned{Old: 2})
	connections := pool.AcquireAllIdle(t.Context())
	if len(connections) == 0 {
		t.Fatal("the pool has no connection that pruning used")
	}
	for _, connection := range connections {
		if _, err := connection.Exec(t.Context(), "delete from profile.audit_log"); err == nil {
			t.Error("a connection that has pruned can delete")
		}
		connection.Release()
	}
	wantCount(t, pool, 2)
}

func TestInterruptedPruneKeepsItsProgress(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	write(t, pool, 1500, "2 days")
	testdb.Exec(t, pool, `create function stop() returns trigger language plpgsql as $$
		begin if (select count(*) from profile.audit_log) < 1000 then raise exception 'stopped'; end if; return null; end $$`)
	testdb.Exec(t, pool, `create trigger stop before delete on profile.audit_log for each statement execute function stop()`)
	deleted, err := audit.Prune(t.Context(), testdb.WithLongTimeouts(pool), time.Now(), 24*time.Hour)
	if err == nil || deleted.Old != 1000 {
		t.Errorf("deleted %+v, %v", deleted, err)
	}
	wantCount(t, pool, 500)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := audit.Prune(cancelled, testdb.WithLongTimeouts(pool), time.Now(), 24*time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	testdb.Exec(t, pool, "drop trigger stop on profile.audit_log")
	prune(t, pool, 24*time.Hour, audit.Pruned{Old: 500})
}

// Pruning must not scan all entries to find those of unknown accounts.
func TestUnknownAccountEntriesAreFoundByIndex(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	write(t, pool, 5000, "40 days")
	testdb.Exec(t, pool, "analyze profile.audit_log")
	err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		params := sqlc.AuditPruneUnknownAccountsParams{OlderThan: time.Now(), MaxRows: 1000}
		if _, err := sqlc.New(tx).AuditPruneUnknownAccounts(t.Context(), params); err != nil {
			return err
		}
		const rowsRead = "select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables where relname = 'audit_log'"
		var read int
		err := tx.QueryRow(t.Context(), rowsRead).Scan(&read)
		if read > 10 { // the planner may read a few
			t.Errorf("the statement reads %d entries", read)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestPruneDeletesOrphanedRowsAndExpiredAddresses(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	company := testdb.Company(t, pool, testdb.CompanyRow{}).ID
	user := testdb.User(t, pool, testdb.UserRow{CompanyID: company}).ID
	for _, id := range []uuid.UUID{user, uuid.New()} {
		testdb.Exec(t, pool, "insert into profile.kept_tokens (user_id, token_sha256, password_changed_at) values ($1, sha256('a'), now())", id)
		testdb.Exec(t, pool, "insert into profile.token_cutoffs (user_id, issued_before) values ($1, now())", id)
		testdb.Exec(t, pool, "insert into profile.known_addresses (user_id, address_sha256, signed_in_at) values ($1, sha256('new'), now() - interval '29 days')", id)
	}
	// These are more rows than one transaction deletes.
	testdb.Exec(t, pool, `insert into profile.known_addresses (user_id, address_sha256, signed_in_at)
		select $1, sha256(n::text::bytea), now() - interval '31 days' from generate_series(1, 1500) n`, user)
	for _, id := range []uuid.UUID{company, uuid.New()} {
		testdb.Exec(t, pool, "insert into profile.integration_changes (company_id, integration, updated_at, actor_email) values ($1, 'pms', now(), 'a@b.example')", id)
	}
	prune(t, pool, year, audit.Pruned{})
	left := testdb.Values[uuid.UUID](t, pool, `select user_id from profile.kept_tokens union all select user_id from profile.token_cutoffs
		union all select user_id from profile.known_addresses union all select company_id from profile.integration_changes`)
	if !slices.Equal(left, []uuid.UUID{user, user, user, company}) {
		t.Errorf("rows of %v are left, want user %s and company %s", left, user, company)
	}
}
