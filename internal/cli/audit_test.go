package cli_test

import (
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestPruneAuditDeletesOldEntriesAndPrintsTheirNumber(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	for kind, age := range map[string]string{"KEYS_ROTATED": "366 days", "SIGNED_IN": "364 days", "SIGN_IN_REFUSED": "31 days"} {
		testdb.Exec(t, d.Pool, `insert into profile.audit_log (at, kind, request_id, changes)
			values (now() - $2::text::interval, $1, '', '[]')`, kind, age)
	}
	for _, c := range []struct{ days, printed string }{
		{"", "1 entries older than 365 days deleted\n1 refused sign-ins to unknown accounts older than 30 days deleted\n"},
		{"", "0 entries older than 365 days deleted\n0 refused sign-ins to unknown accounts older than 30 days deleted\n"},
		{"7", "1 entries older than 7 days deleted\n0 refused sign-ins to unknown accounts older than 7 days deleted\n"},
	} {
		if got := mustRun(t, production(d.URL).with("AUDIT_RETENTION_DAYS", c.days), "prune-audit"); got != c.printed {
			t.Errorf("AUDIT_RETENTION_DAYS=%s: printed %q, want %q", c.days, got, c.printed)
		}
	}
}
