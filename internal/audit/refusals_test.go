package audit_test

import (
	"context"
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

func TestEveryRefusalIsWrittenAfterItsWindowOrALaterOne(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t, testdb.Own).Pool
	r := audit.NewRefusals(testdb.WithLongTimeouts(pool), 20*time.Millisecond)
	user := operator("a")
	refused := 0
	refuse := func() {
		if record(t, r, user, auditLog) == nil {
			refused++
		}
	}
	const entries = "select coalesce((changes->1->>'new')::int, 1) from profile.audit_log where kind = 'ACCESS_REFUSED'"
	testtime.Eventually(t, "several windows with and without further refusals have ended", func() bool {
		refuse()
		return testdb.Value[bool](t, pool, "select count(*) filter (where n = 1) > 1 and count(*) filter (where n > 1) > 1 from ("+entries+") as e (n)")
	})
	refuse()
	testdb.Exec(t, pool, "alter table profile.audit_log rename to away")
	for range 30 {
		refuse()
		time.Sleep(2 * time.Millisecond)
	}
	testdb.Exec(t, pool, "alter table profile.away rename to audit_log")
	testtime.Eventually(t, "the entries record each refusal", func() bool {
		return testdb.Value[int](t, pool, "select sum(n) from ("+entries+") as e (n)") == refused
	})
}
