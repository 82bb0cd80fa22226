package audit_test

import (
	"bytes"
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
	"github.com/stay-sidekick/profile-server/test/support/testtime"
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

func TestPruneDeletesOrphanedReplacedAndExpiredRows(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		pool := testdb.New(t, shape).Pool
		company := func(ciphertext any) uuid.UUID {
			id := testdb.Company(t, pool, testdb.CompanyRow{}).ID
			testdb.Exec(t, pool, `insert into configuracion_pms (id, empresa_id, proveedor, api_key_cifrada, activo, created_at, updated_at)
				values (gen_random_uuid(), $1, 'smoobu', $2, true, now(), now())`, id, ciphertext)
			testdb.Exec(t, pool, `insert into configuracion_ia (id, empresa_id, proveedor, api_key_cifrada, activo, created_at, updated_at)
				values (gen_random_uuid(), $1, 'openai', $2, true, now(), now())`, id, ciphertext)
			return id
		}
		kept, replaced, removed, deleted := company("ciphertext"), company("another"), company(nil), company("ciphertext")
		otherProvider, older := company("ciphertext"), company("ciphertext")
		testdb.Exec(t, pool, "update configuracion_pms set proveedor = 'beds24' where empresa_id = $1", otherProvider)
		testdb.Exec(t, pool, "update configuracion_ia set proveedor = 'claude' where empresa_id = $1", otherProvider)
		for _, id := range []uuid.UUID{kept, replaced, removed, deleted, otherProvider} {
			testdb.Exec(t, pool, `insert into profile.connection_checks (company_id, integration, ciphertext_sha256, provider, status, checked_at, duration_ms, models)
				values ($1, 'pms', sha256('ciphertext'), 'smoobu', 'VALID', now(), 1, '{}'), ($1, 'ai', sha256('ciphertext'), 'openai', 'VALID', now(), 1, '{}')`, id)
			testdb.Exec(t, pool, "insert into profile.pms_credentials (company_id, ciphertext_sha256, account_id) values ($1, sha256('ciphertext'), '1')", id)
			testdb.Exec(t, pool, "insert into profile.connection_check_counts (company_id, since, checks) values ($1, now() - interval '59 minutes', 1)", id)
			testdb.Exec(t, pool, "insert into profile.integration_changes (company_id, integration, updated_at, actor_email) values ($1, 'pms', now(), 'a@b.example')", id)
		}
		testdb.Exec(t, pool, "insert into profile.connection_check_counts (company_id, since, checks) values ($1, now() - interval '61 minutes', 1)", older)
		testdb.Exec(t, pool, "delete from empresas where id = $1", deleted)
		user := testdb.User(t, pool, testdb.UserRow{CompanyID: kept}).ID
		for _, id := range []uuid.UUID{user, uuid.New()} {
			testdb.Exec(t, pool, "insert into profile.kept_tokens (user_id, token_sha256, password_changed_at) values ($1, sha256('a'), now())", id)
			testdb.Exec(t, pool, "insert into profile.token_cutoffs (user_id, issued_before) values ($1, now())", id)
			testdb.Exec(t, pool, "insert into profile.known_addresses (user_id, address_sha256, signed_in_at) values ($1, sha256('new'), now() - interval '29 days')", id)
		}
		// These are more rows than one transaction deletes.
		testdb.Exec(t, pool, `insert into profile.known_addresses (user_id, address_sha256, signed_in_at)
			select $1, sha256(n::text::bytea), now() - interval '31 days' from generate_series(1, 1500) n`, user)
		prune(t, pool, year, audit.Pruned{})
		prune(t, pool, year, audit.Pruned{})
		for rows, want := range map[string][]uuid.UUID{
			"company_id from profile.connection_checks":       {kept, kept},
			"company_id from profile.pms_credentials":         {kept, otherProvider},
			"company_id from profile.connection_check_counts": {kept, replaced, removed, deleted, otherProvider},
			"company_id from profile.integration_changes":     {kept, replaced, removed, otherProvider},
			"user_id from profile.kept_tokens":                {user},
			"user_id from profile.token_cutoffs":              {user},
			"user_id from profile.known_addresses":            {user},
		} {
			slices.SortFunc(want, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
			if got := testdb.Values[uuid.UUID](t, pool, "select "+rows+" order by 1"); !slices.Equal(got, want) {
				t.Errorf("%s: rows of %v are left, want %v", rows, got, want)
			}
		}
	})
}

// A save by this service locks the last check first, and then the credentials.
func TestPruneDoesNotDeadlockWithASaveThatReplacesAKey(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	company := testdb.Company(t, pool, testdb.CompanyRow{}).ID
	testdb.Exec(t, pool, `insert into profile.connection_checks (company_id, integration, ciphertext_sha256, provider, status, checked_at, duration_ms, models)
		values ($1, 'pms', sha256('former'), 'smoobu', 'VALID', now(), 1, '{}')`, company)
	testdb.Exec(t, pool, "insert into profile.pms_credentials (company_id, ciphertext_sha256, account_id) values ($1, sha256('former'), '1')", company)
	save, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = save.Rollback(context.Background()) }()
	testdb.Exec(t, save, "delete from profile.connection_checks where company_id = $1", company)
	pruned := make(chan error, 1)
	go func() {
		_, err := audit.Prune(t.Context(), testdb.WithLongTimeouts(pool), time.Now(), year)
		pruned <- err
	}()
	testtime.Eventually(t, "the prune waits", func() bool {
		return testdb.Value[int](t, pool, "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") > 0
	})
	const store = `insert into profile.pms_credentials (company_id, ciphertext_sha256, account_id) values ($1, sha256('new'), '2')
		on conflict (company_id) do update set ciphertext_sha256 = excluded.ciphertext_sha256, account_id = excluded.account_id`
	if _, err := save.Exec(t.Context(), store, company); err != nil {
		t.Error("the save:", err)
	}
	testdb.Exec(t, save, `insert into configuracion_pms (id, empresa_id, proveedor, api_key_cifrada, activo, created_at, updated_at)
		values (gen_random_uuid(), $1, 'hostaway', 'new', true, now(), now())`, company)
	if err := save.Commit(t.Context()); err != nil {
		t.Error("the save:", err)
	}
	if err := <-pruned; err != nil {
		t.Error("the prune:", err)
	}
	if kept := testdb.Values[string](t, pool, "select account_id from profile.pms_credentials"); !slices.Equal(kept, []string{"2"}) {
		t.Errorf("the credentials %q are stored", kept)
	}
}
