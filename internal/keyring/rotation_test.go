package keyring_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

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
	token, err := keyring.NewRing(key).Encrypt(text)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// store gives a new company a token in every column and returns its id.
func store(t *testing.T, to testdb.Execer, tokens [4]string) uuid.UUID {
	t.Helper()
	company := testdb.Company(t, to, testdb.CompanyRow{})
	for _, insert := range []struct {
		sql  string
		args []any
	}{
		{"insert into configuracion_pms (id, empresa_id, proveedor, api_key_cifrada, activo, created_at, updated_at) values (gen_random_uuid(), $1, 'smoobu', $2, true, now(), now())", []any{company.ID, tokens[0]}},
		{"insert into configuracion_ia (id, empresa_id, proveedor, api_key_cifrada, activo, created_at, updated_at) values (gen_random_uuid(), $1, 'openai', $2, true, now(), now())", []any{company.ID, tokens[1]}},
		{"insert into integraciones_google (id, empresa_id, access_token_cifrado, refresh_token_cifrado, alcance, activo, created_at, updated_at) values (gen_random_uuid(), $1, $2, $3, '', true, now(), now())", []any{company.ID, tokens[2], tokens[3]}},
	} {
		if _, err := to.Exec(context.Background(), insert.sql, insert.args...); err != nil {
			t.Fatal(err)
		}
	}
	return company.ID
}

const allTokens = `select array[p.api_key_cifrada, a.api_key_cifrada, g.access_token_cifrado, g.refresh_token_cifrado]
	from configuracion_pms p join configuracion_ia a using (empresa_id) join integraciones_google g using (empresa_id)
	where empresa_id = $1`

func nobodyWatches(string, int) {}

func run(t *testing.T, database *testdb.DB, ring *keyring.Ring) keyring.RotationResult {
	t.Helper()
	result, err := keyring.Rotate(context.Background(), testdb.WithLongTimeouts(database.Pool), ring, nobodyWatches)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// wantEach checks that every column had so many tokens rotated, and what each
// key of the ring opens in the end.
func wantEach(t *testing.T, got keyring.RotationResult, rotated int, byKey ...int) {
	t.Helper()
	if len(got.Tokens) != 4 {
		t.Errorf("%d columns were looked at", len(got.Tokens))
	}
	for _, c := range got.Tokens {
		if got.Rotated[c.Column] != rotated || !slices.Equal(c.ByKey, byKey) || len(c.Broken) != 0 {
			t.Errorf("%s: %d rotated, then %+v", c.Column, got.Rotated[c.Column], c)
		}
	}
}

func TestEveryTokenIsRotatedAndKeepsItsTextAndTime(t *testing.T) {
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		database := testdb.New(t, shape)
		oldKey, key := newKey(t), newKey(t)
		var before [4]string
		for i := range before {
			before[i] = encrypt(t, oldKey, fmt.Sprint("text ", i))
		}
		company := store(t, database.Pool, before)
		wantEach(t, run(t, database, keyring.NewRing(key, oldKey)), 1, 1, 0)
		var after []string
		if err := database.Pool.QueryRow(context.Background(), allTokens, company).Scan(&after); err != nil {
			t.Fatal(err)
		}
		for i, token := range after {
			text, err := keyring.NewRing(key).Decrypt(token)
			if err != nil || text != fmt.Sprint("text ", i) {
				t.Errorf("token %d: %q, %v", i, text, err)
			}
			if token[:11] != before[i][:11] { // the version and the timestamp
				t.Errorf("token %d has another timestamp", i)
			}
		}
		wantEach(t, run(t, database, keyring.NewRing(key)), 0, 1)
	})
}

func TestATokenThatNoKeyOpensIsNamedAndLeft(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	key, lost := newKey(t), newKey(t)
	broken := encrypt(t, lost, "lost")
	good := encrypt(t, key, "good")
	company := store(t, database.Pool, [4]string{broken, good, "no token at all", good})
	named := run(t, database, keyring.NewRing(key)).Tokens.Broken()
	if len(named) != 2 || !strings.HasPrefix(named[0], keyring.PMSKey+" of row ") || !strings.HasPrefix(named[1], keyring.GoogleAccessToken+" of row ") ||
		strings.Contains(named[0], broken) {
		t.Errorf("named: %q", named)
	}
	var after []string
	if err := database.Pool.QueryRow(context.Background(), allTokens, company).Scan(&after); err != nil {
		t.Fatal(err)
	}
	if after[0] != broken || after[2] != "no token at all" {
		t.Error("a broken token was touched")
	}
}

func TestManyBatchesBesideAWritingServer(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	oldKey, key := newKey(t), newKey(t)
	const companies = 250
	token := encrypt(t, oldKey, "old")
	ids := make([]uuid.UUID, companies)
	for i := range ids {
		ids[i] = store(t, database.Pool, [4]string{token, token, token, token})
	}
	fresh := encrypt(t, key, "fresh")
	var writer sync.WaitGroup
	writer.Go(func() { // the server goes on storing keys
		for _, id := range ids[:100] {
			if _, err := database.Pool.Exec(t.Context(), "update configuracion_pms set api_key_cifrada = $1 where empresa_id = $2", fresh, id); err != nil {
				t.Error(err)
			}
		}
	})
	run(t, database, keyring.NewRing(key, oldKey))
	writer.Wait()
	wantEach(t, run(t, database, keyring.NewRing(key)), 0, companies)
	var kept int
	if err := database.Pool.QueryRow(t.Context(), "select count(*) from configuracion_pms where api_key_cifrada = $1", fresh).Scan(&kept); err != nil {
		t.Fatal(err)
	}
	if kept != 100 {
		t.Errorf("%d of 100 tokens that were written meanwhile are there", kept)
	}
}

func TestAStoppedRunCanBeRunAgain(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	oldKey, key := newKey(t), newKey(t)
	token := encrypt(t, oldKey, "old")
	for range 150 {
		store(t, database.Pool, [4]string{token, token, token, token})
	}
	ctx, stop := context.WithCancel(context.Background())
	_, err := keyring.Rotate(ctx, testdb.WithLongTimeouts(database.Pool), keyring.NewRing(key, oldKey), func(string, int) { stop() })
	if err == nil {
		t.Fatal("the run was not stopped")
	}
	result := run(t, database, keyring.NewRing(key, oldKey))
	if pms := result.Rotated[keyring.PMSKey]; pms != 50 {
		t.Errorf("after a stop behind the first batch %d of 150 were left to rotate", pms)
	}
	if result.Tokens.Primary() != 4*150 {
		t.Errorf("got %+v", result.Tokens)
	}
}
