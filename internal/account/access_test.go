package account_test

import (
	"context"
	"net/netip"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
)

// as returns the principal of the user.
func (p person) as(role auth.Role) *auth.Principal {
	return &auth.Principal{UserID: p.user.ID, CompanyID: p.user.CompanyID, Email: p.user.Email, Role: role}
}

// wantAccessRefused compares which fields the log says that the user was refused.
func (p person) wantAccessRefused(t *testing.T, want ...string) {
	t.Helper()
	rows, err := p.pool.Query(t.Context(), `select changes->0->>'new' from profile.audit_log
		where kind = 'ACCESS_REFUSED' and company_id = $1 and actor_id = $2 and actor_email = $3 order by id`, p.user.CompanyID, p.user.ID, p.user.Email)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("refused %q, %v, want %q", got, err, want)
	}
}

func TestRefusedAccessIsRecordedForTheUserNotTheCaller(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	caller := setupPerson(t).as(auth.Admin)
	wantProblem(t, p.RequireAdmin(calledBy(t.Context(), caller), p.as(auth.Operator), "Company.auditLog"), apperr.Forbidden)
	p.wantAccessRefused(t, "Company.auditLog")
}

func TestRefusedAccessIsRecordedAfterTheClientDisconnects(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	ctx, hangUp := context.WithCancel(t.Context())
	hangUp()
	wantProblem(t, p.RequireAdmin(ctx, p.as(auth.Operator), "Company.auditLog"), apperr.Forbidden)
	p.wantAccessRefused(t, "Company.auditLog")
}

func TestAccessIsRefusedWhenTheRefusalCannotBeRecorded(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	if _, err := p.pool.Exec(t.Context(), "alter table profile.audit_log rename to away"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a refusal that is not recorded is no first one for the next
		if err := p.RequireAdmin(t.Context(), p.as(auth.Operator), "Company.auditLog"); err == nil || apperr.CodeOf(err) == apperr.Forbidden {
			t.Errorf("got %v", err)
		}
	}
	if _, err := p.SignIn(t.Context(), p.user.Email, wrong, netip.Addr{}); err == nil {
		t.Error("signed in")
	}
}

func TestAdministratorHasAccess(t *testing.T) {
	t.Parallel()
	p := setupPerson(t)
	if err := p.RequireAdmin(t.Context(), p.as(auth.Admin), "Company.auditLog"); err != nil {
		t.Error(err)
	}
	p.wantAccessRefused(t)
}
