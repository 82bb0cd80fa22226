package audit_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

const (
	auditLog = "Company.auditLog"
	setPMS   = "Mutation.setPmsIntegration"
)

func operator(email string) *auth.Principal {
	return &auth.Principal{UserID: uuid.New(), CompanyID: uuid.New(), Email: email, Role: auth.Operator}
}

// record records a refusal for a client that has disconnected.
func record(t *testing.T, r *audit.Refusals, user *auth.Principal, field string) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return r.Record(ctx, user, field)
}

func mustRecord(t *testing.T, r *audit.Refusals, user *auth.Principal, field string) {
	t.Helper()
	if err := record(t, r, user, field); err != nil {
		t.Error(err)
	}
}

// wantRefusals checks the stored refusals: user, field and count, if any.
func wantRefusals(t *testing.T, pool *pgxpool.Pool, want ...string) {
	t.Helper()
	got := testdb.Values[string](t, pool, `select concat_ws(' ', actor_email, changes->0->>'new', changes->1->>'field', changes->1->>'new')
		from profile.audit_log where kind = 'ACCESS_REFUSED' order by 1`)
	if !slices.Equal(got, want) {
		t.Errorf("entries %q, want %q", got, want)
	}
}

// countRefusals returns the number of entries without a count, of entries with a
// count, and of all refusals that they record.
func countRefusals(t *testing.T, pool *pgxpool.Pool) (firsts, counts, sum int) {
	t.Helper()
	err := pool.QueryRow(t.Context(), `select count(*) filter (where n is null), count(n), coalesce(sum(coalesce(n, 1)), 0)
		from (select (changes->1->>'new')::int n from profile.audit_log where kind = 'ACCESS_REFUSED') e`).Scan(&firsts, &counts, &sum)
	if err != nil {
		t.Fatal(err)
	}
	return firsts, counts, sum
}

// awaitRefusals waits until the entries record the given number of refusals.
func awaitRefusals(t *testing.T, pool *pgxpool.Pool, want int) {
	t.Helper()
	testtime.Eventually(t, fmt.Sprintf("the entries record %d refusals", want), func() bool {
		_, _, sum := countRefusals(t, pool)
		return sum == want
	})
}

func TestFirstRefusalIsWrittenAtOnceAndLaterOnesAsOneEntry(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	r := audit.NewRefusals(testdb.WithLongTimeouts(pool), time.Hour)
	a, b := operator("a"), operator("b")
	var all sync.WaitGroup
	for range 20 { // concurrently, like the fields of a query
		all.Go(func() { mustRecord(t, r, a, auditLog) })
		all.Go(func() { mustRecord(t, r, a, setPMS) })
	}
	all.Wait()
	mustRecord(t, r, b, auditLog)
	wantRefusals(t, pool, "a "+auditLog, "a "+setPMS, "b "+auditLog)
	for range 2 { // the second Flush has nothing to write
		if err := r.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantRefusals(t, pool, "a "+auditLog, "a "+auditLog+" count 19", "a "+setPMS, "a "+setPMS+" count 19", "b "+auditLog)
	}
}

func TestUnwrittenFirstRefusalIsAnError(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	r := audit.NewRefusals(testdb.WithLongTimeouts(pool), time.Hour)
	user := operator("a")
	testdb.Exec(t, pool, "alter table profile.audit_log rename to away")
	for range 2 { // the second one is the first of its window, too
		if record(t, r, user, auditLog) == nil {
			t.Error("no error")
		}
	}
	testdb.Exec(t, pool, "alter table profile.away rename to audit_log")
	mustRecord(t, r, user, auditLog)
	wantRefusals(t, pool, "a "+auditLog)
}

func TestEveryRefusalIsWrittenAfterItsWindow(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	r := audit.NewRefusals(testdb.WithLongTimeouts(pool), 20*time.Millisecond)
	user := operator("a")
	refused := 0
	testtime.Eventually(t, "several windows have ended", func() bool {
		mustRecord(t, r, user, auditLog)
		refused++
		firsts, counts, _ := countRefusals(t, pool)
		return firsts > 1 && counts > 1
	})
	awaitRefusals(t, pool, refused)
}

func TestUnwrittenCountIsRetriedInTheNextWindow(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	r := audit.NewRefusals(testdb.WithLongTimeouts(pool), 50*time.Millisecond)
	user := operator("a")
	mustRecord(t, r, user, auditLog)
	testdb.Exec(t, pool, "alter table profile.audit_log rename to away")
	refused := 1
	for range 100 {
		if record(t, r, user, auditLog) == nil {
			refused++
		}
		time.Sleep(2 * time.Millisecond)
	}
	testdb.Exec(t, pool, "alter table profile.away rename to audit_log")
	awaitRefusals(t, pool, refused)
}
