package keyring_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// storeCiphertexts creates a company with a ciphertext in every column and returns its
// id. A single ciphertext is stored in every column.
func storeCiphertexts(t *testing.T, to testdb.Execer, ciphertexts ...string) uuid.UUID {
	t.Helper()
	if len(ciphertexts) == 1 {
		ciphertexts = slices.Repeat(ciphertexts, 5)
	}
	company := testdb.Company(t, to, testdb.CompanyRow{}).ID
	for _, insert := range []struct {
		sql  string
		args []any
	}{
		{"insert into configuracion_pms (id, empresa_id, proveedor, api_key_cifrada, activo, created_at, updated_at) values (gen_random_uuid(), $1, 'smoobu', $2, true, now(), now())", []any{ciphertexts[0]}},
		{"insert into configuracion_ia (id, empresa_id, proveedor, api_key_cifrada, activo, created_at, updated_at) values (gen_random_uuid(), $1, 'openai', $2, true, now(), now())", []any{ciphertexts[1]}},
		{"insert into integraciones_google (id, empresa_id, access_token_cifrado, refresh_token_cifrado, alcance, activo, created_at, updated_at) values (gen_random_uuid(), $1, $2, $3, '', true, now(), now())", []any{ciphertexts[2], ciphertexts[3]}},
		{"insert into profile.pms_credentials (company_id, ciphertext_sha256, encrypted_secret) values ($1, sha256(convert_to($2, 'UTF8')), $3)", []any{ciphertexts[0], ciphertexts[4]}},
	} {
		testdb.Exec(t, to, insert.sql, append([]any{company}, insert.args...)...)
	}
	return company
}

const allCiphertexts = `select array[p.api_key_cifrada, a.api_key_cifrada, g.access_token_cifrado, g.refresh_token_cifrado, c.encrypted_secret]
	from configuracion_pms p join configuracion_ia a using (empresa_id) join integraciones_google g using (empresa_id)
	join profile.pms_credentials c on c.company_id = empresa_id where empresa_id = $1`

func mustRotate(t *testing.T, database *testdb.DB, ring *keyring.Ring, progress keyring.Progress) keyring.RotationResult {
	t.Helper()
	if progress == nil {
		progress = func(string, int) {}
	}
	result, err := keyring.Rotate(context.Background(), testdb.WithLongTimeouts(database.Pool), ring, progress)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// What is bound to the SHA-256 of a ciphertext stays bound to it.
func TestRotationKeepsPlaintextsTimestampsAndWhatIsBoundToACiphertext(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		database := testdb.New(t, shape)
		oldRing, newRing := mustRing(t, oldText), mustRing(t, primaryText)
		var before []string
		for i := range 5 {
			before = append(before, mustEncrypt(t, oldRing, fmt.Sprint("text ", i)))
		}
		kept, stale := storeCiphertexts(t, database.Pool, before...), storeCiphertexts(t, database.Pool, before...)
		testdb.Exec(t, database.Pool, `insert into profile.connection_checks (company_id, integration, ciphertext_sha256, provider, status, checked_at, duration_ms, models)
			select empresa_id, 'pms', sha256(convert_to(api_key_cifrada, 'UTF8')), proveedor, 'VALID', now(), 1, '{}'::text[] from configuracion_pms
			union all select empresa_id, 'ai', sha256(convert_to(api_key_cifrada, 'UTF8')), proveedor, 'VALID', now(), 1, '{}' from configuracion_ia`)
		for _, table := range []string{"connection_checks", "pms_credentials"} {
			testdb.Exec(t, database.Pool, "update profile."+table+" set ciphertext_sha256 = sha256('replaced') where company_id = $1", stale)
		}
		mustRotate(t, database, mustRing(t, primaryText, oldText), nil)
		for i, ciphertext := range testdb.Value[[]string](t, database.Pool, allCiphertexts, kept) {
			if text, err := newRing.Decrypt(ciphertext); err != nil || text != fmt.Sprint("text ", i) {
				t.Errorf("ciphertext %d: %q, %v", i, text, err)
			}
			if ciphertext[:11] != before[i][:11] { // the version and the timestamp
				t.Errorf("ciphertext %d has another timestamp", i)
			}
		}
		for company, want := range map[uuid.UUID]string{kept: "check of pms, check of ai, credentials", stale: ""} {
			got := testdb.Value[string](t, database.Pool, `select concat_ws(', ',
				(select 'check of pms' from profile.connection_checks where company_id = $1 and integration = 'pms' and ciphertext_sha256 = pms),
				(select 'check of ai' from profile.connection_checks where company_id = $1 and integration = 'ai' and ciphertext_sha256 = ai),
				(select 'credentials' from profile.pms_credentials where company_id = $1 and ciphertext_sha256 = pms))
				from (select sha256(convert_to(p.api_key_cifrada, 'UTF8')) pms, sha256(convert_to(a.api_key_cifrada, 'UTF8')) ai
					from configuracion_pms p join configuracion_ia a using (empresa_id) where empresa_id = $1) stored`, company)
			if got != want {
				t.Errorf("bound to the new ciphertext: %q, want %q", got, want)
			}
		}
	})
}

func TestCiphertextThatIsNotDecryptableIsReportedAndKept(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	notDecryptable, good := mustEncrypt(t, mustRing(t, otherText), "lost"), mustEncrypt(t, mustRing(t, primaryText), "good")
	before := []string{notDecryptable, good, "no ciphertext", good, notDecryptable}
	company := storeCiphertexts(t, database.Pool, before...)
	reported := mustRotate(t, database, mustRing(t, primaryText), nil).Counts.NotDecryptable()
	if len(reported) != 3 || !strings.HasPrefix(reported[0], keyring.PMSAPIKeyColumn+" of row ") || !strings.HasPrefix(reported[1], keyring.GoogleAccessToken+" of row ") ||
		reported[2] != keyring.PMSSecretColumn+" of row "+company.String() || strings.Contains(reported[0], notDecryptable) {
		t.Errorf("reported: %q", reported)
	}
	if after := testdb.Value[[]string](t, database.Pool, allCiphertexts, company); !slices.Equal(after, before) {
		t.Errorf("%q became %q", before, after)
	}
}

// Such a secret is never used, and prune-audit deletes it.
func TestSecretOfAReplacedAPIKeyIsNotCountedAndNotRotated(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	good := mustEncrypt(t, mustRing(t, primaryText), "good")
	for _, text := range []string{oldText, otherText} {
		storeCiphertexts(t, database.Pool, good, good, good, good, mustEncrypt(t, mustRing(t, text), "secret"))
	}
	testdb.Exec(t, database.Pool, "update configuracion_pms set api_key_cifrada = $1", mustEncrypt(t, mustRing(t, primaryText), "new"))
	result := mustRotate(t, database, mustRing(t, primaryText, oldText), nil)
	if result.Counts.Total() != 8 || result.Counts.Primary() != 8 || result.Rotated[keyring.PMSSecretColumn] != 0 {
		t.Errorf("got %+v", result)
	}
}

func TestStoppedRotationCanBeRunAgainAndKeepsConcurrentWrites(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	ring := mustRing(t, primaryText, oldText)
	for range 250 {
		storeCiphertexts(t, database.Pool, mustEncrypt(t, mustRing(t, oldText), "old"))
	}
	ctx, stop := context.WithCancel(context.Background())
	d := testdb.WithLongTimeouts(database.Pool)
	if _, err := keyring.Rotate(ctx, d, ring, func(string, int) { stop() }); err == nil {
		t.Fatal("the rotation was not stopped")
	}
	counts, err := keyring.Count(t.Context(), d, ring)
	if err != nil || !slices.Equal(counts[0].ByKey, []int{100, 150}) {
		t.Errorf("after a stop behind the first batch: %+v, %v", counts, err)
	}
	fresh := mustEncrypt(t, ring, "fresh")
	const some = "(select id from empresas order by id limit 100)"
	result := mustRotate(t, database, ring, func(column string, processed int) {
		if column == keyring.PMSAPIKeyColumn && processed == 100 { // both services store other ciphertexts meanwhile
			testdb.Exec(t, database.Pool, "update configuracion_pms set api_key_cifrada = $1 where empresa_id in "+some, fresh)
			testdb.Exec(t, database.Pool, "update configuracion_ia set api_key_cifrada = $1 where empresa_id in "+some, fresh)
			testdb.Exec(t, database.Pool, "update integraciones_google set access_token_cifrado = $1, refresh_token_cifrado = $1 where empresa_id in "+some, fresh)
			testdb.Exec(t, database.Pool, "update profile.pms_credentials set ciphertext_sha256 = sha256(convert_to($1, 'UTF8')), encrypted_secret = $1 where company_id in "+some, fresh)
		}
	})
	if result.Rotated[keyring.AIAPIKeyColumn] != 150 || result.Counts.Primary() != 5*250 {
		t.Errorf("%+v", result)
	}
	kept := testdb.Value[int](t, database.Pool, `select count(*) from configuracion_pms p
		join configuracion_ia a using (empresa_id) join integraciones_google using (empresa_id) join profile.pms_credentials on company_id = empresa_id
		where $1 = all (array[p.api_key_cifrada, a.api_key_cifrada, access_token_cifrado, refresh_token_cifrado, encrypted_secret])`, fresh)
	if kept != 100 {
		t.Errorf("the ciphertexts written meanwhile are stored for %d of 100 companies", kept)
	}
}

// A save locks its row.
func TestLockedRowsAreLeftForTheSecondPassOrTheNextRun(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	ring := mustRing(t, primaryText, otherText, oldText)
	storeCiphertexts(t, database.Pool, mustEncrypt(t, mustRing(t, oldText), "old"))
	tx, err := database.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	release := sync.OnceFunc(func() { _ = tx.Rollback(context.Background()) })
	t.Cleanup(release)
	testdb.Exec(t, tx, "select from configuracion_pms for update")
	left := mustRotate(t, database, ring, nil)
	if left.Counts.Old() != 1 || !slices.Equal(left.Counts[0].ByKey, []int{0, 0, 1}) || left.Rotated[keyring.PMSAPIKeyColumn] != 0 {
		t.Errorf("got %+v", left)
	}
	next := mustRotate(t, database, ring, func(column string, _ int) {
		if column == keyring.PMSSecretColumn { // the last column of the first pass
			release()
		}
	})
	if next.Rotated[keyring.PMSAPIKeyColumn] != 1 {
		t.Errorf("the next run: %+v", next)
	}
	last := mustRotate(t, database, ring, nil)
	if len(last.Counts) != 5 || !slices.Equal(last.Counts.ByKey(), []int{5, 0, 0}) || last.Rotated[keyring.AIAPIKeyColumn] != 0 {
		t.Errorf("the last run: %+v", last)
	}
}
