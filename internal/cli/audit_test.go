package cli_test

import (
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestPruneAuditDeletesOldEntriesAndPrintsTheirNumber(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		d := testdb.New(t, shape)
		write := func(name, kind, company, age string) {
			t.Helper()
			if _, err := d.Pool.Exec(t.Context(), `insert into profile.audit_log (at, kind, company_id, request_id, changes)
				values (now() - $3::text::interval, $1, nullif($2, '')::uuid, $4, '[]')`, kind, company, age, name); err != nil {
				t.Fatal(err)
			}
		}
		company := testdb.Company(t, d.Pool, testdb.CompanyRow{}).ID.String()
		write("old", "SIGNED_IN", company, "366 days")
		write("older", "KEYS_ROTATED", "", "800 days")
		write("young", "SIGN_IN_REFUSED", company, "364 days")
		write("unknown account", "SIGN_IN_REFUSED", "", "31 days")
		write("young unknown account", "SIGN_IN_REFUSED", "", "29 days")
		for _, c := range []struct {
			days, printed, left string
		}{
			{"", "2 entries older than 365 days deleted\n1 refused sign-ins to unknown accounts older than 30 days deleted\n", "young, young unknown account"},
			{"", "0 entries older than 365 days deleted\n0 refused sign-ins to unknown accounts older than 30 days deleted\n", "young, young unknown account"},
			{"300", "1 entries older than 300 days deleted\n0 refused sign-ins to unknown accounts older than 30 days deleted\n", "young unknown account"},
			{"7", "1 entries older than 7 days deleted\n0 refused sign-ins to unknown accounts older than 7 days deleted\n", ""},
		} {
			if got := mustRun(t, production(d.URL).with("AUDIT_RETENTION_DAYS", c.days), "prune-audit"); got != c.printed {
				t.Errorf("AUDIT_RETENTION_DAYS=%s: printed %q, want %q", c.days, got, c.printed)
			}
			var left string
			err := d.Pool.QueryRow(t.Context(), "select coalesce(string_agg(request_id, ', ' order by id), '') from profile.audit_log").Scan(&left)
			if err != nil || left != c.left {
				t.Errorf("AUDIT_RETENTION_DAYS=%s: left are %s, %v, want %s", c.days, left, err, c.left)
			}
		}
	})
}
