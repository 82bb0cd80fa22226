package audit_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

const (
	auditLog = "Company.auditLog"
	setPMS   = "Mutation.setPmsIntegration"
)

func operator(email string) *auth.Principal {
	return &auth.Principal{UserID: uuid.New(), CompanyID: uuid.New(), Email: email, Role: auth.Operator}
}

func record(t *testing.T, r *audit.Refusals, user *auth.Principal, field string) {
	t.Helper()
	if err := r.Record(t.Context(), user, field); err != nil {
		t.Error(err)
	}
}

// refusedIn returns the entries of refusals: user, field and count, if any.
func refusedIn(t *testing.T, pool *pgxpool.Pool) []string {
	t.Helper()
	rows, err := pool.Query(t.Context(), `select concat_ws(' ', actor_email, changes->0->>'new', changes->1->>'field', changes->1->>'new')
		from profile.audit_log where kind = 'ACCESS_REFUSED' order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func wantRefusedIn(t *testing.T, pool *pgxpool.Pool, want ...string) {
	t.Helper()
	if got := refusedIn(t, pool); !slices.Equal(got, want) {
		t.Errorf("entries %q, want %q", got, want)
	}
}

// sumOf returns how many entries are of one refusal, how many of a count, and of
// how many refusals they are together.
func sumOf(t *testing.T, pool *pgxpool.Pool) (firsts, counts, sum int) {
	t.Helper()
	err := pool.QueryRow(t.Context(), `select count(*) filter (where n is null), count(n), coalesce(sum(coalesce(n, 1)), 0)
		from (select (changes->1->>'new')::int n from profile.audit_log where kind = 'ACCESS_REFUSED') e`).Scan(&firsts, &counts, &sum)
	if err != nil {
		t.Fatal(err)
	}
	return firsts, counts, sum
}

// awaitSum waits until the entries are of this many refusals.
func awaitSum(t *testing.T, pool *pgxpool.Pool, want int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		_, _, sum := sumOf(t, pool)
		if sum == want {
			return
		}
		if sum > want || time.Now().After(deadline) {
			t.Fatalf("the entries are of %d refusals, want %d", sum, want)
		}
	}
}

func TestTheFirstRefusalOfAUserAndFieldIsWrittenAndTheOthersAreOneEntry(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	r := audit.NewRefusals(testdb.WithLongTimeouts(pool), time.Hour)
	a, b := operator("a"), operator("b")
	var all sync.WaitGroup
	for range 20 { // at the same time, as the fields of a query are
		all.Go(func() { record(t, r, a, auditLog) })
		all.Go(func() { record(t, r, a, setPMS) })
	}
	all.Wait()
	record(t, r, b, auditLog)
	first := []string{"a " + auditLog, "a " + setPMS, "b " + auditLog}
	wantRefusedIn(t, pool, first...)
	for range 2 { // the second has nothing to write
		if err := r.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantRefusedIn(t, pool, "a "+auditLog, "a "+auditLog+" count 19", "a "+setPMS, "a "+setPMS+" count 19", "b "+auditLog)
	}
}

func TestNoRefusalIsMissingAfterItsWindow(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	r := audit.NewRefusals(testdb.WithLongTimeouts(pool), 20*time.Millisecond)
	user := operator("a")
	refused := 0
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		record(t, r, user, auditLog)
		refused++
		if firsts, counts, _ := sumOf(t, pool); firsts > 1 && counts > 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("entries %q", refusedIn(t, pool))
		}
	}
	awaitSum(t, pool, refused)
}

func TestACountThatCannotBeWrittenIsKeptForTheNextWindow(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	r := audit.NewRefusals(testdb.WithLongTimeouts(pool), 50*time.Millisecond)
	user := operator("a")
	record(t, r, user, auditLog)
	execute(t, pool, "alter table profile.audit_log rename to away")
	refused := 1
	for range 100 {
		if r.Record(t.Context(), user, auditLog) == nil {
			refused++
		}
		time.Sleep(2 * time.Millisecond)
	}
	execute(t, pool, "alter table profile.away rename to audit_log")
	awaitSum(t, pool, refused)
}
