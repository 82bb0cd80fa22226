package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// secretFile writes a file and returns its path.
func secretFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSecretsAreReadFromFiles(t *testing.T) {
	const databaseURL = "postgres://user@127.0.0.1/profile"
	for name, end := range map[string]string{"no line end": "", "a line end": "\n", "a line end of Windows": "\r\n"} {
		t.Run(name, func(t *testing.T) {
			c, err := load(map[string]string{
				"DATABASE_URL_FILE":        secretFile(t, databaseURL+end),
				"JWT_SECRET_KEY_FILE":      secretFile(t, testJWTKey+"\n"+end),
				"JWT_OLD_SECRET_KEYS_FILE": secretFile(t, testJWTKey+"-1,"+testJWTKey+"-2"+end),
				"FERNET_KEY_FILE":          secretFile(t, testFernetKey+end),
				"FERNET_OLD_KEYS_FILE":     secretFile(t, testFernetKey+end),
				"FERNET_KEY":               "", // counts as unset
			})
			if err != nil {
				t.Fatal(err)
			}
			wantKey := testJWTKey + "\n" // only one line end is removed
			if end == "" {
				wantKey = testJWTKey
			}
			if c.DatabaseURL != databaseURL || string(c.JWTKey) != wantKey || c.FernetKey == nil {
				t.Errorf("URL %q, signing key %q, Fernet key %v", c.DatabaseURL, c.JWTKey, c.FernetKey != nil)
			}
			if len(c.JWTOldKeys) != 2 || string(c.JWTOldKeys[1]) != testJWTKey+"-2" || len(c.FernetOldKeys) != 1 {
				t.Errorf("old signing keys %q, %d old Fernet keys", c.JWTOldKeys, len(c.FernetOldKeys))
			}
		})
	}
}

func TestInvalidFileOfASecretIsReportedWithoutPathAndContent(t *testing.T) {
	const bad = "hunter2-bad-value"
	for name, c := range map[string]struct {
		settings map[string]string
		want     string
	}{
		"a missing file": {
			map[string]string{"FERNET_KEY": "", "FERNET_KEY_FILE": "/missing-" + bad},
			"FERNET_KEY_FILE must be the path of a readable file: no such file or directory",
		},
		"a folder": {
			map[string]string{"FERNET_OLD_KEYS_FILE": t.TempDir()},
			"FERNET_OLD_KEYS_FILE must be the path of a readable file: is a directory",
		},
		"both variables": {
			map[string]string{"JWT_SECRET_KEY_FILE": secretFile(t, bad)},
			"JWT_SECRET_KEY_FILE must be unset when JWT_SECRET_KEY is set",
		},
		"an invalid value": {
			map[string]string{"JWT_OLD_SECRET_KEYS_FILE": secretFile(t, bad)},
			"JWT_OLD_SECRET_KEYS must be a comma-separated list of keys of at least 32 bytes each, none of which contains a comma",
		},
		"an empty file": {
			map[string]string{"DATABASE_URL": "", "DATABASE_URL_FILE": secretFile(t, "\n")},
			"DATABASE_URL must be a PostgreSQL connection URL, or unset for a development run: it is empty",
		},
		"an empty path of the URL": {
			map[string]string{"DATABASE_URL_FILE": ""},
			"DATABASE_URL_FILE must be the path of a file, or unset for a development run: it is empty",
		},
	} {
		_, err := load(production(c.settings))
		if err == nil || err.Error() != c.want || strings.Contains(err.Error(), bad) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}
