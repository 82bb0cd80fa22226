package keyring_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func newKey(t *testing.T) keyring.Key {
	t.Helper()
	key, err := keyring.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func encrypt(t *testing.T, key keyring.Key, text string) string {
	t.Helper()
	return mustEncrypt(t, keyring.NewRing(key), text)
}

// storeCiphertexts creates a company with a ciphertext in every column and returns
// its id.
func storeCiphertexts(t *testing.T, to testdb.Execer, ciphertexts [5]string) uuid.UUID {
	t.Helper()
	company := testdb.Company(t, to, testdb.CompanyRow{})
	for _, insert := range []struct {
		sql  string
		args []any
	}{
		{"insert into configuracion_pms (id, empresa_id, proveedor, api_key_cifrada, activo, created_at, updated_at) values (gen_random_uuid(), $1, 'smoobu', $2, true, now(), now())", []any{company.ID, ciphertexts[0]}},
		{"insert into configuracion_ia (id, empresa_id, proveedor, api_key_cifrada, activo, created_at, updated_at) values (gen_random_uuid(), $1, 'openai', $2, true, now(), now())", []any{company.ID, ciphertexts[1]}},
		{"insert into profile.pms_credentials (company_id, ciphertext_sha256, encrypted_secret) values ($1, sha256(convert_to($2, 'UTF8')), $3)", []any{company.ID, ciphertexts[0], ciphertexts[4]}},
		{"insert into integraciones_google (id, empresa_id, access_token_cifrado, refresh_token_cifrado, alcance, activo, created_at, updated_at) values (gen_random_uuid(), $1, $2, $3, '', true, now(), now())", []any{company.ID, ciphertexts[2], ciphertexts[3]}},
	} {
		testdb.Exec(t, to, insert.sql, insert.args...)
	}
	return company.ID
}

const allCiphertexts = `select array[p.api_key_cifrada, a.api_key_cifrada, g.access_token_cifrado, g.refresh_token_cifrado, c.encrypted_secret]
	from configuracion_pms p join configuracion_ia a using (empresa_id) join integraciones_google g using (empresa_id)
	join profile.pms_credentials c on c.company_id = empresa_id where empresa_id = $1`

func ignoreProgress(string, int) {}

func mustRotate(t *testing.T, database *testdb.DB, ring *keyring.Ring) keyring.RotationResult {
	t.Helper()
	result, err := keyring.Rotate(context.Background(), testdb.WithLongTimeouts(database.Pool), ring, ignoreProgress)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// wantEachColumn checks, for every column, the number of rotated ciphertexts and
// the number that each key of the ring decrypts afterwards.
func wantEachColumn(t *testing.T, got keyring.RotationResult, rotated int, byKey ...int) {
	t.Helper()
	if len(got.Counts) != 5 {
		t.Errorf("%d columns were counted", len(got.Counts))
	}
	for _, c := range got.Counts {
		if got.Rotated[c.Column] != rotated || !slices.Equal(c.ByKey, byKey) || len(c.NotDecryptable) != 0 {
			t.Errorf("%s: %d rotated, then %+v", c.Column, got.Rotated[c.Column], c)
		}
	}
}

func TestEveryCiphertextIsRotatedAndKeepsItsPlaintextAndTimestamp(t *testing.T) {
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		database := testdb.New(t, shape)
		oldKey, key := newKey(t), newKey(t)
		var before [5]string
		for i := range before {
			before[i] = encrypt(t, oldKey, fmt.Sprint("text ", i))
		}
		company := storeCiphertexts(t, database.Pool, before)
		wantEachColumn(t, mustRotate(t, database, keyring.NewRing(key, oldKey)), 1, 1, 0)
		after := testdb.Value[[]string](t, database.Pool, allCiphertexts, company)
		for i, ciphertext := range after {
			text, err := keyring.NewRing(key).Decrypt(ciphertext)
			if err != nil || text != fmt.Sprint("text ", i) {
				t.Errorf("ciphertext %d: %q, %v", i, text, err)
			}
			if ciphertext[:11] != before[i][:11] { // the version and the timestamp
				t.Errorf("ciphertext %d has another timestamp", i)
			}
		}
		wantEachColumn(t, mustRotate(t, database, keyring.NewRing(key)), 0, 1)
	})
}

func TestCiphertextThatIsNotDecryptableIsReportedAndKept(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	key, lost := newKey(t), newKey(t)
	notDecryptable := encrypt(t, lost, "lost")
	good := encrypt(t, key, "good")
	company := storeCiphertexts(t, database.Pool, [5]string{notDecryptable, good, "no ciphertext", good, notDecryptable})
	reported := mustRotate(t, database, keyring.NewRing(key)).Counts.NotDecryptable()
	if len(reported) != 3 || !strings.HasPrefix(reported[0], keyring.PMSAPIKeyColumn+" of row ") || !strings.HasPrefix(reported[1], keyring.GoogleAccessToken+" of row ") ||
		reported[2] != keyring.PMSSecretColumn+" of row "+company.String() || strings.Contains(reported[0], notDecryptable) {
		t.Errorf("reported: %q", reported)
	}
	after := testdb.Value[[]string](t, database.Pool, allCiphertexts, company)
	if after[0] != notDecryptable || after[2] != "no ciphertext" {
		t.Error("a ciphertext that is not decryptable was changed")
	}
}

// Such a secret is never used, and prune-audit deletes it.
func TestSecretOfAReplacedAPIKeyIsNotCountedAndNotRotated(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	key, old, lost := newKey(t), newKey(t), newKey(t)
	good := encrypt(t, key, "good")
	for _, secret := range []string{encrypt(t, old, "old"), encrypt(t, lost, "lost")} {
		company := storeCiphertexts(t, database.Pool, [5]string{good, good, good, good, secret})
		testdb.Exec(t, database.Pool, "update configuracion_pms set api_key_cifrada = $1 where empresa_id = $2", encrypt(t, key, "new"), company)
	}
	result := mustRotate(t, database, keyring.NewRing(key, old))
	if secrets := result.Counts[4]; secrets.Column != keyring.PMSSecretColumn || result.Counts.Total() != 8 || result.Counts.Primary() != 8 || result.Rotated[keyring.PMSSecretColumn] != 0 {
		t.Errorf("got %+v", result)
	}
}

func TestRotationInManyBatchesKeepsConcurrentWrites(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	oldKey, key := newKey(t), newKey(t)
	const companies = 250
	ciphertext := encrypt(t, oldKey, "old")
	ids := make([]uuid.UUID, companies)
	for i := range ids {
		ids[i] = storeCiphertexts(t, database.Pool, [5]string{ciphertext, ciphertext, ciphertext, ciphertext, ciphertext})
	}
	fresh := encrypt(t, key, "fresh")
	var writer sync.WaitGroup
	writer.Go(func() { // the server stores API keys meanwhile
		for _, id := range ids[:100] {
			err := pgx.BeginFunc(t.Context(), database.Pool, func(tx pgx.Tx) error {
				if _, err := tx.Exec(t.Context(), "update configuracion_pms set api_key_cifrada = $1 where empresa_id = $2", fresh, id); err != nil {
					return err
				}
				_, err := tx.Exec(t.Context(), `update profile.pms_credentials
					set ciphertext_sha256 = sha256(convert_to($1, 'UTF8')), encrypted_secret = $1 where company_id = $2`, fresh, id)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
	mustRotate(t, database, keyring.NewRing(key, oldKey))
	writer.Wait()
	wantEachColumn(t, mustRotate(t, database, keyring.NewRing(key)), 0, companies)
	kept := testdb.Value[int](t, database.Pool, `select count(*) from configuracion_pms p
		join profile.pms_credentials c on c.company_id = p.empresa_id where api_key_cifrada = $1 and encrypted_secret = $1`, fresh)
	if kept != 100 {
		t.Errorf("%d of 100 ciphertexts written meanwhile are stored", kept)
	}
}

func TestStoppedRotationCanBeRunAgain(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	oldKey, key := newKey(t), newKey(t)
	ciphertext := encrypt(t, oldKey, "old")
	for range 150 {
		storeCiphertexts(t, database.Pool, [5]string{ciphertext, ciphertext, ciphertext, ciphertext, ciphertext})
	}
	ctx, stop := context.WithCancel(context.Background())
	_, err := keyring.Rotate(ctx, testdb.WithLongTimeouts(database.Pool), keyring.NewRing(key, oldKey), func(string, int) { stop() })
	if err == nil {
		t.Fatal("the rotation was not stopped")
	}
	result := mustRotate(t, database, keyring.NewRing(key, oldKey))
	if pms := result.Rotated[keyring.PMSAPIKeyColumn]; pms != 50 {
		t.Errorf("after a stop behind the first batch, %d of 150 were left to rotate", pms)
	}
	if result.Counts.Primary() != 5*150 {
		t.Errorf("got %+v", result.Counts)
	}
}

// lockPMS locks the rows of configuracion_pms, as a save does, until release is
// called or the test ends.
func lockPMS(t *testing.T, database *testdb.DB) (release func()) {
	t.Helper()
	tx, err := database.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	testdb.Exec(t, tx, "select from configuracion_pms for update")
	release = sync.OnceFunc(func() { _ = tx.Rollback(context.Background()) })
	t.Cleanup(release)
	return release
}

func TestSkippedRowsAreRotatedInTheSecondPass(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	older, old, key := newKey(t), newKey(t), newKey(t)
	ring := keyring.NewRing(key, old, older)
	ciphertext := encrypt(t, older, "older")
	storeCiphertexts(t, database.Pool, [5]string{ciphertext, ciphertext, ciphertext, ciphertext, ciphertext})
	release := lockPMS(t, database)
	result, err := keyring.Rotate(t.Context(), testdb.WithLongTimeouts(database.Pool), ring, func(column string, _ int) {
		if column == keyring.PMSSecretColumn { // the last column of the first pass
			release()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	wantEachColumn(t, result, 1, 1, 0, 0)
}

func TestRowsThatStayLockedAreCountedAndLeftForTheNextRun(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	older, old, key := newKey(t), newKey(t), newKey(t)
	ring := keyring.NewRing(key, old, older)
	ciphertext := encrypt(t, older, "older")
	storeCiphertexts(t, database.Pool, [5]string{ciphertext, ciphertext, ciphertext, ciphertext, ciphertext})
	release := lockPMS(t, database)
	left := mustRotate(t, database, ring)
	if left.Counts.Old() != 1 || !slices.Equal(left.Counts[0].ByKey, []int{0, 0, 1}) || left.Rotated[keyring.PMSAPIKeyColumn] != 0 {
		t.Errorf("got %+v", left)
	}
	release()
	if next := mustRotate(t, database, ring); next.Counts.Old() != 0 || next.Rotated[keyring.PMSAPIKeyColumn] != 1 {
		t.Errorf("the next run: %+v", next)
	}
}

// What is bound to the SHA-256 of a ciphertext stays bound to it.
func TestRotationKeepsChecksAndCredentialsOfTheirKey(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		database := testdb.New(t, shape)
		old, key := newKey(t), newKey(t)
		ciphertext := encrypt(t, old, "old")
		kept := storeCiphertexts(t, database.Pool, [5]string{ciphertext, ciphertext, ciphertext, ciphertext, ciphertext})
		stale := storeCiphertexts(t, database.Pool, [5]string{ciphertext, ciphertext, ciphertext, ciphertext, ciphertext})
		testdb.Exec(t, database.Pool, `insert into profile.connection_checks (company_id, integration, ciphertext_sha256, provider, status, checked_at, duration_ms, models)
			select c, i, sha256(convert_to($3, 'UTF8')), 'smoobu', 'VALID', now(), 1, '{}' from unnest($1::uuid[]) c, unnest($2::text[]) i`,
			[]uuid.UUID{kept, stale}, []string{"pms", "ai"}, ciphertext)
		testdb.Exec(t, database.Pool, "update profile.connection_checks set ciphertext_sha256 = sha256('replaced') where company_id = $1", stale)
		testdb.Exec(t, database.Pool, "update profile.pms_credentials set ciphertext_sha256 = sha256('replaced') where company_id = $1", stale)
		mustRotate(t, database, keyring.NewRing(key, old))
		for _, table := range []string{"configuracion_pms", "configuracion_ia"} {
			if testdb.Value[bool](t, database.Pool, "select api_key_cifrada = $2 from "+table+" where empresa_id = $1", kept, ciphertext) {
				t.Errorf("%s is not rotated", table)
			}
		}
		for company, want := range map[uuid.UUID]string{kept: "check of pms, check of ai, credentials", stale: ""} {
			got := testdb.Value[string](t, database.Pool, `select concat_ws(', ',
				(select 'check of pms' from profile.connection_checks join configuracion_pms on empresa_id = company_id
					where company_id = $1 and integration = 'pms' and ciphertext_sha256 = sha256(convert_to(api_key_cifrada, 'UTF8'))),
				(select 'check of ai' from profile.connection_checks join configuracion_ia on empresa_id = company_id
					where company_id = $1 and integration = 'ai' and ciphertext_sha256 = sha256(convert_to(api_key_cifrada, 'UTF8'))),
				(select 'credentials' from profile.pms_credentials join configuracion_pms on empresa_id = company_id
					where company_id = $1 and ciphertext_sha256 = sha256(convert_to(api_key_cifrada, 'UTF8'))))`, company)
			if got != want {
				t.Errorf("bound to the new ciphertext: %q, want %q", got, want)
			}
		}
	})
}
