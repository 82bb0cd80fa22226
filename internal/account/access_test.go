package account_test

import (
	"context"
	"net/netip"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// withRole returns the principal of the user with a role.
func (f userFixture) withRole(role auth.Role) *auth.Principal {
	return &auth.Principal{UserID: f.user.ID, CompanyID: f.user.CompanyID, Email: f.user.Email, Role: role}
}

// wantAccessRefused checks the fields whose refusals are recorded for the user.
func (f userFixture) wantAccessRefused(t *testing.T, want ...string) {
	t.Helper()
	rows, err := f.pool.Query(t.Context(), `select changes->0->>'new' from profile.audit_log
		where kind = 'ACCESS_REFUSED' and company_id = $1 and actor_id = $2 and actor_email = $3 order by id`, f.user.CompanyID, f.user.ID, f.user.Email)
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
	f := setupUser(t)
	caller := setupUser(t).withRole(auth.Admin)
	wantCode(t, f.RequireAdmin(calledBy(t.Context(), caller), f.withRole(auth.Operator), "Company.auditLog"), apperr.Forbidden)
	f.wantAccessRefused(t, "Company.auditLog")
}

func TestRefusedAccessIsRecordedAfterTheClientDisconnects(t *testing.T) {
	t.Parallel()
	f := setupUser(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantCode(t, f.RequireAdmin(ctx, f.withRole(auth.Operator), "Company.auditLog"), apperr.Forbidden)
	f.wantAccessRefused(t, "Company.auditLog")
}

func TestAccessIsRefusedWhenTheRefusalCannotBeRecorded(t *testing.T) {
	t.Parallel()
	f := setupUser(t)
	testdb.Exec(t, f.pool, "alter table profile.audit_log rename to renamed")
	for range 2 { // an unrecorded refusal must not count as the first of a window
		if err := f.RequireAdmin(t.Context(), f.withRole(auth.Operator), "Company.auditLog"); err == nil || apperr.CodeOf(err) == apperr.Forbidden {
			t.Errorf("got %v", err)
		}
	}
	if _, err := f.SignIn(t.Context(), f.user.Email, wrong, netip.Addr{}); err == nil {
		t.Error("signed in")
	}
}

func TestAdministratorHasAccess(t *testing.T) {
	t.Parallel()
	f := setupUser(t)
	if err := f.RequireAdmin(t.Context(), f.withRole(auth.Admin), "Company.auditLog"); err != nil {
		t.Error(err)
	}
	f.wantAccessRefused(t)
}
