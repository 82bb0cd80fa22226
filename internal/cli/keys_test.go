package cli_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// olderKey is the Fernet key before otherKey; for tests only.
const olderKey = "b2xkZXItdGVzdC1rZXktb2xkZXItdGVzdC1rZXktMTI="

// inRotation returns settings with two old keys.
func inRotation(url string) settings {
	return production(url).with("FERNET_OLD_KEYS", otherKey+","+olderKey)
}

// table parses the output of rotate-keys: the cells of each line by the first cell.
func table(out string) map[string]string {
	lines := make(map[string]string)
	for line := range strings.Lines(out) {
		name, cells, _ := strings.Cut(line, " ")
		lines[name] = strings.Join(strings.Fields(cells), " ")
	}
	return lines
}

func TestRotateKeysCountsCiphertextsByColumnAndKey(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		d := testdb.New(t, shape)
		for _, key := range []string{testserver.FernetKey, otherKey, olderKey, olderKey} {
			storePMSKey(t, d.Pool, key)
		}
		unchanged := snapshot(t, d.Pool)
		out := mustRun(t, inRotation(d.URL), "rotate-keys", "--check")
		unchanged(t, "rotate-keys --check")
		for name, want := range map[string]string{
			"column":                                     "stored FERNET_KEY FERNET_OLD_KEYS[1] FERNET_OLD_KEYS[2] none",
			"configuracion_pms.api_key_cifrada":          "4 1 1 2 0",
			"configuracion_ia.api_key_cifrada":           "0 0 0 0 0",
			"integraciones_google.access_token_cifrado":  "0 0 0 0 0",
			"integraciones_google.refresh_token_cifrado": "0 0 0 0 0",
			"pms_credentials.encrypted_secret":           "0 0 0 0 0",
			"all":                                        "4 1 1 2 0",
			"3":                                          "under old keys",
		} {
			if got, ok := table(out)[name]; !ok || got != want {
				t.Errorf("--check, %s: %q, want %q", name, got, want)
			}
		}
		out = mustRun(t, inRotation(d.URL), "rotate-keys")
		for name, want := range map[string]string{
			"column":                            "stored FERNET_KEY FERNET_OLD_KEYS[1] FERNET_OLD_KEYS[2] none rotated",
			"configuracion_pms.api_key_cifrada": "4 4 0 0 0 3",
			"all":                               "4 4 0 0 0 3",
			"0":                                 "under old keys",
		} {
			if got, ok := table(out)[name]; !ok || got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		mustRun(t, production(d.URL), "check") // no old key is needed
	})
}

// lockPMSRow locks a row until the test ends, as a save does.
func lockPMSRow(t *testing.T, pool *pgxpool.Pool, id uuid.UUID) {
	t.Helper()
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback(t.Context()) })
	testdb.Exec(t, tx, "select from configuracion_pms where id = $1 for update", id)
}

func TestRotateKeysExitsWith3WhenRowsAreLocked(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	locked, _ := storePMSKey(t, d.Pool, otherKey)
	storePMSKey(t, d.Pool, otherKey)
	lockPMSRow(t, d.Pool, locked)
	code, out, err := runCommand(t, inRotation(d.URL), "rotate-keys")
	if code != 3 || err != "profile-server: 1 left under old keys: run it again\n" || table(out)["all"] != "2 1 1 0 0 1" {
		t.Errorf("exit code %d\n%s%s", code, out, err)
	}
	out = mustRun(t, inRotation(d.URL), "rotate-keys", "--check") // without the error
	if table(out)["1"] != "under old keys" {
		t.Errorf("--check: %s", out)
	}
}

func TestRotateKeysExitsWith2WhenACiphertextIsNotDecryptable(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	storePMSKey(t, d.Pool, testserver.FernetKey)
	row, ciphertext := storePMSKey(t, d.Pool, otherKey)
	locked, _ := storePMSKey(t, d.Pool, olderKey)
	lockPMSRow(t, d.Pool, locked)
	reported := "profile-server: no configured key decrypts configuracion_pms.api_key_cifrada of row " + row.String()
	for _, c := range []struct{ args, want string }{
		{"rotate-keys --check", reported + "\n"},
		{"rotate-keys", reported + "; 1 left under old keys: run it again\n"},
	} {
		code, out, err := runCommand(t, production(d.URL).with("FERNET_OLD_KEYS", olderKey), strings.Fields(c.args)...)
		if code != 2 || err != c.want || strings.Contains(out, ciphertext) {
			t.Errorf("%s: exit code %d\n%s%s", c.args, code, out, err)
		}
	}
}

func TestGenKeyPrintsValidKeys(t *testing.T) {
	t.Parallel()
	got := regexp.MustCompile(`^FERNET_KEY=(\S{44})\nJWT_SECRET_KEY=([0-9a-f]{64})\n$`).FindStringSubmatch(mustRun(t, nil, "gen-key"))
	if got == nil {
		t.Fatal("it prints something else")
	}
	d := testdb.New(t, testdb.Own)
	mustRun(t, production(d.URL).with("FERNET_KEY", got[1]).with("JWT_SECRET_KEY", got[2]), "check")
}
