package testload_test

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

func TestCheckFindsLostAndPartialSaves(t *testing.T) {
	t.Parallel()
	testtime.Slow(t)
	saved := testdb.New(t, testdb.Own)
	server := testserver.On(t, saved.Pool)
	load := testload.New(t, saved.Pool, 1)
	stop := load.Start(t, func(int) string { return server.URL })
	testtime.Eventually(t, "the load has saved enough", func() bool { return savedEnough(t, saved.Pool) })
	stop()
	server.Close()

	const last = `id = (select max(id) from profile.audit_log where kind = `
	for name, damage := range map[string]struct {
		sql     string
		missing int // acknowledged saves that are not found
	}{
		"nothing":                       {"select 1", 0},
		"an entry without its save":     {`delete from configuracion_pms where empresa_id = (select empresa_id from configuracion_pms limit 1)`, 0},
		"a partial save":                {`update configuracion_ia set api_key_cifrada = null where empresa_id = (select empresa_id from configuracion_ia limit 1)`, 0},
		"an older value":                {`update empresas set configuracion = jsonb_set(configuracion, '{xlsx_apartamentos,col_id_externo}', '0') where configuracion ? 'xlsx_apartamentos'`, 0},
		"a save without its entry":      {`delete from profile.audit_log where ` + last + `'LATE_CHECK_IN_CONFIG_SAVED')`, 1},
		"a missing entry in the middle": {`delete from profile.audit_log where id = (select id from profile.audit_log where kind = 'PMS_INTEGRATION_SET' order by id offset 1 limit 1)`, 1},
		"a duplicate entry":             {`insert into profile.audit_log (at, kind, company_id, request_id, changes) select at, kind, company_id, '', changes from profile.audit_log where ` + last + `'PMS_INTEGRATION_SET')`, 0},
		"a password without its entry":  {`delete from profile.audit_log where ` + last + `'PASSWORD_CHANGED')`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			pool := saved.Clone(t).Pool
			testdb.Exec(t, pool, "set profile.pruning = on; "+damage.sql+"; reset profile.pruning")
			findings := load.Check(t, pool)
			if (len(findings.Faults) > 0) != (name != "nothing") {
				t.Errorf("faults: %q", findings.Faults)
			}
			if got := findings.Acknowledged - findings.Found; got != damage.missing {
				t.Errorf("%s: %d should be missing", findings, damage.missing)
			}
		})
	}
}

// savedEnough reports whether the damages find enough saves of each kind.
func savedEnough(t *testing.T, pool *pgxpool.Pool) bool {
	t.Helper()
	return testdb.Value[bool](t, pool, `select count(*) = 5 from (
		select from profile.audit_log where kind in ('APARTMENT_COLUMNS_SAVED', 'LATE_CHECK_IN_CONFIG_SAVED',
			'PMS_INTEGRATION_SET', 'AI_INTEGRATION_SET', 'PASSWORD_CHANGED')
		group by kind having count(*) >= 3) kinds`)
}
