package audit_test

import (
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestAuditLogIsAppendOnly(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		pool := testdb.New(t, shape).Pool
		write(t, pool, 3, "1 day")
		for _, statement := range []string{
			"update profile.audit_log set kind = 'x'",
			"update profile.audit_log set at = at",
			"delete from profile.audit_log",
			"truncate profile.audit_log",
			"insert into profile.audit_log (id, at, kind, request_id, changes) overriding system value values (1, now(), '', '', '[]') on conflict (id) do update set kind = 'x'",
		} {
			wantAppendOnly(t, pool, statement)
		}
		// Pruning permits only delete.
		wantAppendOnly(t, pool, allowPruning, "update profile.audit_log set kind = 'x'")
		wantAppendOnly(t, pool, allowPruning, "truncate profile.audit_log")
		wantAppendOnly(t, pool, "select set_config('profile.pruning', 'yes', true)", "delete from profile.audit_log")
		wantCount(t, pool, 3)
	})
}
