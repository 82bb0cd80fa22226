package account_test

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/problem"
)

// request returns the context of a request of the user.
func (p person) request(ctx context.Context, role auth.Role) context.Context {
	return account.WithDenials(calledBy(ctx, &auth.Principal{
		UserID: p.user.ID, CompanyID: p.user.CompanyID, Email: p.user.Email, Role: role,
	}))
}

// wantAccessRefused compares what was refused, in any order.
func (p person) wantAccessRefused(t *testing.T, want ...string) {
	t.Helper()
	rows, err := p.pool.Query(t.Context(), `select changes->0->>'new' from profile.audit_log
		where kind = 'ACCESS_REFUSED' and changes->0->>'field' = 'field' and company_id = $1 and actor_id = $2 order by 1`, p.user.CompanyID, p.user.ID)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("refused %q, %v, want %q", got, err, want)
	}
}

func TestARequestLeavesOneEntryForEachFieldThatItIsRefused(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	for range 2 {
		ctx := p.request(t.Context(), auth.Operator)
		var all sync.WaitGroup
		for range 20 {
			for _, field := range []string{"Company.auditLog", "Mutation.setPmsIntegration"} {
				all.Go(func() { wantProblem(t, p.RequireAdmin(ctx, field), problem.Forbidden) })
			}
		}
		all.Wait()
	}
	p.wantAccessRefused(t, "Company.auditLog", "Company.auditLog", "Mutation.setPmsIntegration", "Mutation.setPmsIntegration")
}

func TestARefusedAccessIsRecordedAlthoughNobodyWaitsForTheAnswer(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	ctx, hangUp := context.WithCancel(p.request(t.Context(), auth.Operator))
	hangUp()
	wantProblem(t, p.RequireAdmin(ctx, "Company.auditLog"), problem.Forbidden)
	p.wantAccessRefused(t, "Company.auditLog")
}

func TestNobodyIsLetInBecauseTheRefusalCannotBeRecorded(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	if _, err := p.pool.Exec(t.Context(), "alter table profile.audit_log rename to away"); err != nil {
		t.Fatal(err)
	}
	ctx := p.request(t.Context(), auth.Operator)
	for range 2 { // of two of one field both hear of it
		if err := p.RequireAdmin(ctx, "Company.auditLog"); err == nil {
			t.Error("let in")
		}
	}
	if _, err := p.SignIn(t.Context(), p.user.Email, wrong, netip.Addr{}); err == nil {
		t.Error("signed in")
	}
}

func TestAnAdministratorIsRefusedNothing(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	if err := p.RequireAdmin(p.request(t.Context(), auth.Admin), "Company.auditLog"); err != nil {
		t.Error(err)
	}
	wantProblem(t, p.RequireAdmin(account.WithDenials(t.Context()), "Company.auditLog"), problem.Unauthenticated)
	p.wantAccessRefused(t)
}
