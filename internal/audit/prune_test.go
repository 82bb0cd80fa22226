package audit_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestPruneDeletesOnlyExpiredEntriesAndIsRepeatable(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	write(t, pool, 7, "366 days")
	write(t, pool, 2, "365 days 1 minute")
	write(t, pool, 4, "364 days 23 hours 59 minutes")
	write(t, pool, 5, "0")
	for _, want := range []int64{9, 0} {
		deleted, err := audit.Prune(t.Context(), testdb.WithLongTimeouts(pool), time.Now(), year)
		if err != nil || deleted != (audit.Pruned{Old: want}) {
			t.Errorf("deleted %+v, %v, want %d", deleted, err, want)
		}
		wantCount(t, pool, 9)
	}
}

// The permission to delete must end with the transaction.
func TestPruneLeavesConnectionsUnableToDelete(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	write(t, pool, 2, "2 days")
	write(t, pool, 2, "0")
	if _, err := audit.Prune(t.Context(), testdb.WithLongTimeouts(pool), time.Now(), 24*time.Hour); err != nil {
		t.Fatal(err)
	}
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

func TestPruneDeletesInBatches(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	write(t, pool, 2500, "2 days")
	testdb.Exec(t, pool, "create table batches (id bigint generated always as identity, transaction xid8, size int)")
	testdb.Exec(t, pool, `create function note() returns trigger language plpgsql as $$
		begin insert into batches (transaction, size) select pg_current_xact_id(), count(*) from gone; return null; end $$`)
	testdb.Exec(t, pool, "create trigger note after delete on profile.audit_log referencing old table as gone for each statement execute function note()")
	deleted, err := audit.Prune(t.Context(), testdb.WithLongTimeouts(pool), time.Now(), 24*time.Hour)
	if err != nil || deleted.Old != 2500 {
		t.Errorf("deleted %+v, %v", deleted, err)
	}
	var sizes []int
	rows, err := pool.Query(t.Context(), "select sum(size)::int from batches group by transaction having sum(size) > 0 order by min(id)")
	if err == nil {
		sizes, err = pgx.CollectRows(rows, pgx.RowTo[int])
	}
	if err != nil || !slices.Equal(sizes, []int{1000, 1000, 500}) {
		t.Errorf("transactions deleted %v, %v", sizes, err)
	}
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
	if deleted, err := audit.Prune(t.Context(), testdb.WithLongTimeouts(pool), time.Now(), 24*time.Hour); err != nil || deleted.Old != 500 {
		t.Errorf("run again: deleted %+v, %v", deleted, err)
	}
}

// writeAs inserts an entry of the given age with a name by which wantLeft finds it.
func writeAs(t *testing.T, pool *pgxpool.Pool, name, kind, company, age string) {
	t.Helper()
	testdb.Exec(t, pool, `insert into profile.audit_log (at, kind, company_id, request_id, changes)
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
		t.Errorf("entries %q are left, %v, want %q", got, err, want)
	}
}

func TestPruneDeletesUnknownAccountEntriesAfterThirtyDays(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	const company = "00000000-0000-4000-8000-000000000001"
	writeAs(t, pool, "sign-in, 366 days", "SIGNED_IN", company, "366 days")
	writeAs(t, pool, "unknown account, 366 days", "SIGN_IN_REFUSED", "", "366 days")
	writeAs(t, pool, "of the service, 364 days", "KEYS_ROTATED", "", "364 days")
	writeAs(t, pool, "of a company, 364 days", "SIGN_IN_REFUSED", company, "364 days")
	writeAs(t, pool, "unknown account, 31 days", "SIGN_IN_REFUSED", "", "31 days")
	writeAs(t, pool, "unknown account, 30 days and a minute", "SIGN_IN_REFUSED", "", "30 days 1 minute")
	writeAs(t, pool, "unknown account, a minute less than 30 days", "SIGN_IN_REFUSED", "", "29 days 23 hours 59 minutes")
	for _, want := range []audit.Pruned{{Old: 2, UnknownAccounts: 2}, {}} {
		if deleted, err := audit.Prune(t.Context(), testdb.WithLongTimeouts(pool), time.Now(), year); err != nil || deleted != want {
			t.Errorf("deleted %+v, %v, want %+v", deleted, err, want)
		}
		wantLeft(t, pool, "of the service, 364 days", "of a company, 364 days", "unknown account, a minute less than 30 days")
	}
	// They are append-only like all others.
	wantAppendOnly(t, pool, "delete from profile.audit_log where company_id is null and kind = 'SIGN_IN_REFUSED'")
}

func TestShorterRetentionAppliesToUnknownAccountEntries(t *testing.T) {
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

// Pruning must not scan all entries to find those of unknown accounts.
func TestUnknownAccountEntriesAreFoundByIndex(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	write(t, pool, 5000, "40 days")
	testdb.Exec(t, pool, "analyze profile.audit_log")
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
	if _, err := audit.Prune(t.Context(), testdb.WithLongTimeouts(pool), time.Now(), year); err != nil {
		t.Fatal(err)
	}
	var left []uuid.UUID
	err := pool.QueryRow(t.Context(), `select array(select user_id from profile.kept_tokens union all select user_id from profile.token_cutoffs
		union all select user_id from profile.known_addresses union all select company_id from profile.integration_changes)`).Scan(&left)
	if err != nil || !slices.Equal(left, []uuid.UUID{user, user, user, company}) {
		t.Errorf("rows of %v are left, %v, want user %s and company %s", left, err, user, company)
	}
}

func TestPruneDeletesWhatBelongsToReplacedKeysAndExpiredCounts(t *testing.T) {
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
		}
		testdb.Exec(t, pool, "insert into profile.connection_check_counts (company_id, since, checks) values ($1, now() - interval '61 minutes', 1)", older)
		testdb.Exec(t, pool, "delete from empresas where id = $1", deleted)
		for range 2 {
			if _, err := audit.Prune(t.Context(), testdb.WithLongTimeouts(pool), time.Now(), year); err != nil {
				t.Fatal(err)
			}
		}
		for table, want := range map[string][]uuid.UUID{
			"connection_checks": {kept, kept}, "pms_credentials": {kept, otherProvider},
			"connection_check_counts": {kept, replaced, removed, deleted, otherProvider},
		} {
			slices.SortFunc(want, func(a, b uuid.UUID) int { return strings.Compare(a.String(), b.String()) })
			if got := testdb.Values[uuid.UUID](t, pool, "select company_id from profile."+table+" order by company_id"); !slices.Equal(got, want) {
				t.Errorf("%s: rows of %v are left, want %v", table, got, want)
			}
		}
	})
}
