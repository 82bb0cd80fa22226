package cli_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// otherKey is the Fernet key of another installation; for tests only.
const otherKey = "b3RoZXItdGVzdC1rZXktb3RoZXItdGVzdC1rZXktMTI="

// storePMSKey stores an API key of a new company, encrypted with the given Fernet
// key, and returns the id of its row and the ciphertext.
func storePMSKey(t *testing.T, pool *pgxpool.Pool, fernetKey string) (id uuid.UUID, ciphertext string) {
	t.Helper()
	return storeKey(t, pool, "smoobu", canary, fernetKey)
}

func storeKey(t *testing.T, pool *pgxpool.Pool, provider, key, fernetKey string) (id uuid.UUID, ciphertext string) {
	t.Helper()
	id, ciphertext = uuid.New(), encrypt(t, key, fernetKey)
	testdb.Exec(t, pool, `insert into configuracion_pms (id, empresa_id, proveedor, api_key_cifrada, activo, created_at, updated_at)
		values ($1, $2, $3, $4, true, now(), now())`, id, testdb.Company(t, pool, testdb.CompanyRow{}).ID, provider, ciphertext)
	return id, ciphertext
}

func encrypt(t *testing.T, text, fernetKey string) (ciphertext string) {
	t.Helper()
	parsed, err := keyring.ParseKey(fernetKey)
	if err != nil {
		t.Fatal(err)
	}
	if ciphertext, err = keyring.NewRing(parsed).Encrypt(text); err != nil {
		t.Fatal(err)
	}
	return ciphertext
}

// snapshot returns a check that neither the relations nor the rows of the database
// have changed since.
func snapshot(t *testing.T, pool *pgxpool.Pool) (check func(t *testing.T, after string)) {
	t.Helper()
	contents := func() []string {
		return testdb.Values[string](t, pool, `
			select concat_ws(' ', relkind, oid::regclass, relnatts, relacl::text,
				case when relkind = 'r' then query_to_xml(format('select * from %s order by 1', oid::regclass), true, false, '') end)
			from pg_class where relnamespace::regnamespace::text in ('public', 'profile') order by oid`)
	}
	before := contents()
	return func(t *testing.T, after string) {
		t.Helper()
		if now := contents(); !slices.Equal(now, before) {
			t.Errorf("%s changed the database to\n%s\nfrom\n%s", after, strings.Join(now, "\n"), strings.Join(before, "\n"))
		}
	}
}

func TestCheckReportsAValidDatabaseAndChangesNothing(t *testing.T) {
	t.Parallel()
	for shape, schema := range map[testdb.Shape]string{
		testdb.Own:        "up to date",
		testdb.Alembic:    "up to date",
		testdb.Unmigrated: "outdated; serve and migrate bring it up to date",
	} {
		t.Run(string(shape), func(t *testing.T) {
			t.Parallel()
			d := testdb.New(t, shape)
			storePMSKey(t, d.Pool, testserver.FernetKey)
			storePMSKey(t, d.Pool, otherKey)
			unchanged := snapshot(t, d.Pool)
			got := mustRun(t, production(d.URL).with("FERNET_OLD_KEYS", otherKey), "check")
			want := "settings: valid\ndatabase: available, has all columns, and the role can read and write them\nschema profile: " + schema +
				"\nstored ciphertexts: 2; FERNET_KEY decrypts 1, FERNET_OLD_KEYS 1, none 0\n"
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			unchanged(t, "check")
		})
	}
}

func TestCheckListsRowsOfImports(t *testing.T) {
	t.Parallel()
	for _, shape := range []testdb.Shape{testdb.Own, testdb.Unmigrated} {
		d := testdb.New(t, shape)
		company := testdb.Company(t, d.Pool, testdb.CompanyRow{Configuration: `"{}"`})
		for _, email := range []string{"Admin@Example.com", "josé@example.com", "b@example.com", " c@example.com"} {
			testdb.User(t, d.Pool, testdb.UserRow{CompanyID: company.ID, Email: email})
		}
		unchanged := snapshot(t, d.Pool)
		got := mustRun(t, production(d.URL), "check")
		for _, want := range []string{`[" c@example.com" "Admin@Example.com"]` + "\n", "in the rows [" + company.ID.String() + "]\n"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: printed %q without %q", shape, got, want)
			}
		}
		unchanged(t, "check")
	}
}

func TestCheckAndServeReportTablesThatAreNotCompatible(t *testing.T) {
	t.Parallel()
	const migrations = ": run the Python service's own migrations"
	for _, c := range []struct {
		shape        testdb.Shape
		change, want string
	}{
		{testdb.Alembic, "alter table usuarios drop column es_superadmin; alter table empresas rename activa to active",
			"the database lacks empresas.activa, usuarios.es_superadmin" + migrations},
		{testdb.Alembic, "drop table integraciones_google", "the database lacks the table integraciones_google" + migrations},
		{testdb.Unmigrated, "drop table integraciones_google, configuracion_ia, configuracion_pms, usuarios, empresas; create table public.empresas (id uuid)",
			"the database lacks empresas.activa, empresas.configuracion, "},
		{testdb.Own, `alter table empresas alter configuracion drop default, alter configuracion type json, alter nombre type text;
			alter table usuarios alter password_changed_at type timestamp; alter table integraciones_google drop column updated_at`,
			"the database lacks integraciones_google.updated_at" + migrations +
				"; the database differs from the Python service's own migrations: empresas.configuracion has the type json, not jsonb, " +
				"usuarios.password_changed_at has the type timestamp without time zone, not timestamp with time zone\n"},
	} {
		d := testdb.New(t, c.shape)
		testdb.Exec(t, d.Pool, c.change)
		unchanged := snapshot(t, d.Pool)
		for _, command := range []string{"check", "serve"} {
			if line := mustFail(t, production(d.URL), command); !strings.HasPrefix(line, "profile-server: "+c.want) {
				t.Errorf("%s: %s", command, line)
			}
			unchanged(t, command)
		}
	}
	d := testdb.New(t, testdb.Empty)
	if line := mustFail(t, production(d.URL), "check"); !strings.Contains(line, "the command migrate creates them in an empty database") {
		t.Errorf("an empty database: %s", line)
	}
}

func TestMissingPrivilegesOnSharedTablesAreReported(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Alembic)
	testdb.Exec(t, d.Pool, `create role check_reader; grant select on all tables in schema public to check_reader;
		grant usage on schema profile to check_reader; grant select on all tables in schema profile to check_reader;
		grant update (configuracion, updated_at) on empresas to check_reader; revoke usage on schema public from public`)
	t.Cleanup(func() {
		_, _ = d.Pool.Exec(context.Background(), "drop owned by check_reader; drop role check_reader")
	})
	const grants = "grant usage on schema public to check_reader; grant update on public.usuarios to check_reader; " +
		"grant insert, update, delete on public.configuracion_pms to check_reader; " +
		"grant insert, update, delete on public.configuracion_ia to check_reader"
	url := d.URL + "&role=check_reader"
	for _, command := range []string{"check", "serve"} {
		if line := mustFail(t, production(url), command); !strings.HasSuffix(line, "on this database "+grants+"\n") {
			t.Errorf("%s: %s", command, line)
		}
	}
	testdb.Exec(t, d.Pool, grants) // the reported statements
	mustRun(t, production(url), "check")
}

func TestMissingPrivilegeOnTheSchemaProfileIsReported(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Unmigrated)
	testdb.Exec(t, d.Pool, `create role check_only; grant usage on schema public to check_only; grant all on all tables in schema public to check_only`)
	t.Cleanup(func() {
		_, _ = d.Pool.Exec(context.Background(), "drop owned by check_only; drop role check_only")
	})
	const grant = "create schema if not exists profile; grant usage, create on schema profile to check_only"
	for _, command := range []string{"check", "migrate", "serve"} {
		if line := mustFail(t, production(d.URL+"&role=check_only"), command); !strings.Contains(line, grant) {
			t.Errorf("%s: %s", command, line)
		}
	}
	testdb.Exec(t, d.Pool, grant) // the reported statements
	mustRun(t, production(d.URL+"&role=check_only"), "check")
	mustRun(t, production(d.URL+"&role=check_only"), "migrate")
	if got := mustRun(t, production(d.URL+"&role=check_only"), "check"); !strings.Contains(got, "schema profile: up to date") {
		t.Errorf("after migrate: %s", got)
	}
}

const notDecryptableWarning = "some stored ciphertexts are not decryptable with the configured keys; rotate-keys --check lists them"

func TestKeyThatDecryptsNothingIsReportedAndServeDoesNotStart(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Unmigrated)
	id, ciphertext := storePMSKey(t, d.Pool, otherKey)
	unchanged := snapshot(t, d.Pool)
	const refusal = "FERNET_KEY and FERNET_OLD_KEYS decrypt none of the stored ciphertexts"
	for _, command := range []string{"check", "serve"} {
		line := mustFail(t, production(d.URL), command)
		if !strings.Contains(line, refusal) || strings.Contains(line, ciphertext) {
			t.Errorf("%s: %s", command, line)
		}
		if advised := strings.Contains(line, "--force"); advised != (command == "serve") {
			t.Errorf("%s: %s", command, line)
		}
		unchanged(t, command)
	}
	p, address := serve(t, production(d.URL), "--force")
	if status, _ := get("http://" + address + "/readyz"); status != 200 {
		t.Errorf("got %d", status)
	}
	warned := p.logged(t, notDecryptableWarning)
	if warned["level"] != "WARN" || warned["notDecryptable"] != 1.0 || strings.Contains(p.err.String(), id.String()) {
		t.Errorf("logged %v", warned)
	}
}

// With the sample of 1,000 ciphertexts alone the keys would seem to be wrong.
func TestServeChecksEveryCiphertextBeforeItRefusesToStart(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Alembic)
	_, notDecryptable := storePMSKey(t, d.Pool, otherKey)
	testdb.Exec(t, d.Pool, `
		with companies as (
			insert into empresas (id, nombre, email, password_hash, herramientas_activas, configuracion, activa, created_at, updated_at)
			select gen_random_uuid(), 'many', n || '@many.example', 'none', '{}', '{}', true, now(), now() from generate_series(1, 1000) n
			returning id
		)
		insert into configuracion_pms (id, empresa_id, proveedor, api_key_cifrada, activo, created_at, updated_at)
		select gen_random_uuid(), id, 'smoobu', $1, true, now(), now() from companies`, notDecryptable)
	if line := mustFail(t, production(d.URL), "serve"); !strings.Contains(line, "decrypt none") {
		t.Errorf("1,001 ciphertexts that are not decryptable: %s", line)
	}
	testdb.Exec(t, d.Pool, `insert into integraciones_google (id, empresa_id, refresh_token_cifrado, alcance, activo, created_at, updated_at)
		select gen_random_uuid(), id, $1, '', true, now(), now() from empresas limit 1`, encrypt(t, canary, testserver.FernetKey)) // read last
	p, _ := serve(t, production(d.URL))
	if warned := p.logged(t, notDecryptableWarning); warned["counted"] != 1002.0 {
		t.Errorf("logged %v", warned)
	}
}

func TestCheckReportsTheRowsThatAreNotDecryptableWithoutTheirContent(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	storePMSKey(t, d.Pool, testserver.FernetKey)
	pms, ciphertext := storePMSKey(t, d.Pool, otherKey)
	google := uuid.New()
	testdb.Exec(t, d.Pool, `insert into integraciones_google (id, empresa_id, access_token_cifrado, refresh_token_cifrado, alcance)
		values ($1, $2, '', $3, '')`, google, testdb.Company(t, d.Pool, testdb.CompanyRow{}).ID, "no ciphertext: "+canary)
	code, out, err := runCommand(t, production(d.URL), "check")
	if code != 1 || !strings.HasSuffix(out, "stored ciphertexts: 3; FERNET_KEY decrypts 1, FERNET_OLD_KEYS 0, none 2\n") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	for _, row := range []string{"configuracion_pms.api_key_cifrada of row " + pms.String(), "integraciones_google.refresh_token_cifrado of row " + google.String()} {
		if !strings.Contains(err, row) {
			t.Errorf("%q is not reported: %s", row, err)
		}
	}
	if strings.Contains(out+err, ciphertext) || strings.Contains(out+err, canary) {
		t.Errorf("the content is printed: %s%s", out, err)
	}
	serve(t, production(d.URL)) // it decrypts one, so it is the right key
}
