package config_test

import (
	"log/slog"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/config"
)

const (
	testJWTKey    = "test-key-test-key-test-key-test-key"          // for tests only
	testFernetKey = "dGVzdC1rZXktdGVzdC1rZXktdGVzdC1rZXktdGVzdC0=" // for tests only
)

func load(settings map[string]string) (*config.Config, error) {
	return config.Load(func(name string) (string, bool) {
		value, ok := settings[name]
		return value, ok
	})
}

// production returns the required settings of a production server, with changes.
func production(changed map[string]string) map[string]string {
	settings := map[string]string{
		"DATABASE_URL":   "postgres://user@127.0.0.1/profile",
		"JWT_SECRET_KEY": testJWTKey,
		"FERNET_KEY":     testFernetKey,
	}
	for name, value := range changed {
		settings[name] = value
	}
	return settings
}

// The providers' documentation has the addresses.
func TestDefaultsOfADevelopmentAndAProductionServer(t *testing.T) {
	want := &config.Config{
		ListenAddr: "127.0.0.1:8080", TokenLife: time.Hour, ConnectionChecks: true, ProviderURLs: map[string]*url.URL{},
		AuditRetention: 365 * 24 * time.Hour, Playground: true, Introspection: true, LogLevel: slog.LevelInfo, LogFormat: "text", TuneGC: true,
	}
	for provider, host := range map[string]string{
		"smoobu": "login.smoobu.com", "beds24": "api.beds24.com", "hostaway": "api.hostaway.com", "cloudbeds": "api.cloudbeds.com",
		"openai": "api.openai.com", "gemini": "generativelanguage.googleapis.com", "claude": "api.anthropic.com",
	} {
		want.ProviderURLs[provider] = &url.URL{Scheme: "https", Host: host}
	}
	if c, err := load(nil); err != nil || !c.Development() || !reflect.DeepEqual(c, want) {
		t.Errorf("development: %+v, %v", c, err)
	}
	c, err := load(production(nil))
	if err != nil || c.FernetKey.Encoded() != testFernetKey {
		t.Fatal(err)
	}
	want.DatabaseURL, want.JWTKey, want.FernetKey = "postgres://user@127.0.0.1/profile", []byte(testJWTKey), c.FernetKey
	want.Playground, want.Introspection, want.LogFormat = false, false, "json"
	if c.Development() || !reflect.DeepEqual(c, want) {
		t.Errorf("production: %+v", c)
	}
}

func TestEverySettingIsRead(t *testing.T) {
	c, err := load(production(map[string]string{
		"LISTEN_ADDR": ":9000", "ADMIN_ADDR": "127.0.0.1:9001",
		"JWT_OLD_SECRET_KEYS": testJWTKey + "-1, " + testJWTKey + "-2", "JWT_ACCESS_TOKEN_HOURS": "2.5",
		"FERNET_OLD_KEYS": testFernetKey, "ALLOWED_ORIGINS": "https://app.example.com, http://localhost:5173",
		"TRUSTED_PROXIES": "10.1.2.3/8,::1/128", "PLAYGROUND": "on", "INTROSPECTION": "on",
		"LOG_LEVEL": "debug", "LOG_FORMAT": "text", "CONNECTION_CHECKS": "off", "SMOOBU_URL": "https://gateway.example.com:8443/smoobu",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if c.ListenAddr != ":9000" || c.AdminAddr != "127.0.0.1:9001" || c.TokenLife != 150*time.Minute {
		t.Errorf("addresses or token life: %+v", c)
	}
	if len(c.JWTOldKeys) != 2 || string(c.JWTOldKeys[1]) != testJWTKey+"-2" || len(c.FernetOldKeys) != 1 {
		t.Error("old keys")
	}
	if !slices.Equal(c.AllowedOrigins, []string{"https://app.example.com", "http://localhost:5173"}) {
		t.Errorf("origins: %q", c.AllowedOrigins)
	}
	if len(c.TrustedProxies) != 2 || c.TrustedProxies[0].String() != "10.0.0.0/8" {
		t.Errorf("proxies: %v", c.TrustedProxies)
	}
	if !c.Playground || !c.Introspection || c.LogLevel != slog.LevelDebug || c.LogFormat != "text" {
		t.Errorf("switches: %+v", c)
	}
	if c.ConnectionChecks || c.ProviderURLs["smoobu"].String() != "https://gateway.example.com:8443/smoobu" {
		t.Errorf("connection checks: %v %v", c.ConnectionChecks, c.ProviderURLs)
	}
}

func TestInvalidDatabaseURLIsDescribedWithoutItsValue(t *testing.T) {
	const (
		password = "hunter2-bad-value"
		good     = "postgres://user:" + password + "@127.0.0.1/profile"
		like     = "DATABASE_URL must be a PostgreSQL connection URL such as postgres://user:password@host:5432/database"
		used     = "DATABASE_URL must be a PostgreSQL connection URL whose parameter %s has a valid value"
	)
	for url, want := range map[string]string{
		good + "?sslmode=verify-full&sslrootcert=/missing-" + password: strings.ReplaceAll(used, "%s", "sslrootcert") +
			"; a file that it refers to cannot be read: no such file or directory",
		"host=127.0.0.1 sslrootcert=/missing-" + password: "DATABASE_URL must be a PostgreSQL connection URL" +
			"; a file that it refers to cannot be read: no such file or directory",
		good + "?sslmode=" + password:                            strings.ReplaceAll(used, "%s", "sslmode"),
		good + "?pool_max_conns=" + password:                     strings.ReplaceAll(used, "%s", "pool_max_conns"),
		good + "?connect_timeout=x&sslmode=disable":              strings.ReplaceAll(used, "%s", "connect_timeout"),
		"postgres://user:a?" + password + "=b@host:x/?sslmode=b": like,
		"postgres://user:" + password + "%zz@host/":              like,
		password: like,
	} {
		_, err := load(production(map[string]string{"DATABASE_URL": url}))
		if err == nil || err.Error() != want {
			t.Errorf("%s\ngot  %v\nwant %s", url, err, want)
		}
	}
}

func TestEmptyDatabaseURLIsRejected(t *testing.T) {
	for name, settings := range map[string]map[string]string{
		"an empty URL":             {"DATABASE_URL": ""},
		"a blank URL and its keys": production(map[string]string{"DATABASE_URL": " \n"}),
	} {
		_, err := load(settings)
		if err == nil || !strings.HasPrefix(err.Error(), "DATABASE_URL must be ") || !strings.Contains(err.Error(), "development run") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestInvalidSettingIsReportedInOneLineWithoutItsValue(t *testing.T) {
	const bad = "hunter2-bad-value"
	for _, c := range []struct {
		name, value string
		good        bool
	}{
		{"DATABASE_URL", "postgres://user:" + bad + "@host:notaport/x", false},
		{"ADMIN_ADDR", bad + ":99999", false},
		{"TRUSTED_PROXIES", "::ffff:10.0.0.1/128", false},
		{"TRUSTED_PROXIES", "fd00::/8", true},
		{"JWT_SECRET_KEY", strings.Repeat("k", 31), false},
		{"JWT_SECRET_KEY", strings.Repeat("k", 32), true},
		{"JWT_SECRET_KEY", "", false},
		{"JWT_SECRET_KEY", bad, false},
		{"JWT_OLD_SECRET_KEYS", testJWTKey + " , " + testJWTKey, true},
		{"JWT_OLD_SECRET_KEYS", testJWTKey + ",", false}, // the rest of a key that ends with a comma
		{"JWT_OLD_SECRET_KEYS", "," + testJWTKey, false},
		{"JWT_OLD_SECRET_KEYS", testJWTKey + ",," + testJWTKey, false},
		{"JWT_OLD_SECRET_KEYS", testJWTKey + "," + bad, false}, // the rest of a key that contains a comma
		{"FERNET_KEY", "", false},
		{"FERNET_KEY", bad, false},
		{"FERNET_OLD_KEYS", testFernetKey + "," + bad, false},
		{"FERNET_KEY", strings.Repeat("0", 64), false}, // hexadecimal, which Python rejects
		{"JWT_ACCESS_TOKEN_HOURS", bad, false},
		{"JWT_ACCESS_TOKEN_HOURS", "0", false},
		{"JWT_ACCESS_TOKEN_HOURS", "0.0002", false}, // less than a second
		{"JWT_ACCESS_TOKEN_HOURS", "NaN", false},
		{"JWT_ACCESS_TOKEN_HOURS", "720", true},
		{"JWT_ACCESS_TOKEN_HOURS", "720.1", false},
		{"AUDIT_RETENTION_DAYS", bad, false},
		{"AUDIT_RETENTION_DAYS", "0", false},
		{"AUDIT_RETENTION_DAYS", "1", true},
		{"AUDIT_RETENTION_DAYS", "36501", false},
		{"ALLOWED_ORIGINS", "*", false},
		{"ALLOWED_ORIGINS", "https://" + bad + "/path", false},
		{"ALLOWED_ORIGINS", "https://*.example.com", false},
		{"ALLOWED_ORIGINS", "null", false},
		{"ALLOWED_ORIGINS", "https://app.example.com/", false},
		{"ALLOWED_ORIGINS", "https://app.example.com?", false},
		{"ALLOWED_ORIGINS", "https://app.example.com#", false},
		{"ALLOWED_ORIGINS", "https://user@app.example.com", false},
		{"ALLOWED_ORIGINS", "https://app.example.com:65536", false},
		{"ALLOWED_ORIGINS", "https://", false},
		{"ALLOWED_ORIGINS", "https://:443", false},
		{"ALLOWED_ORIGINS", "https://xn--a.example.com", false}, // no host name has this form
		{"ALLOWED_ORIGINS", "https://\"app.example.com\"", false},
		{"ALLOWED_ORIGINS", "ftp://app.example.com", false},
		{"ALLOWED_ORIGINS", "app.example.com", false},
		{"LISTEN_ADDR", "8080", false},
		{"LISTEN_ADDR", bad, false},
		{"LISTEN_ADDR", "[::1]:8080", true},
		{"PLAYGROUND", "true", false},
		{"PLAYGROUND", bad, false},
		{"INTROSPECTION", bad, false},
		{"CONNECTION_CHECKS", "false", false},
		{"CONNECTION_CHECKS", bad, false},
		{"LOG_LEVEL", bad, false},
		{"LOG_FORMAT", bad, false},
		{"TRUSTED_PROXIES", bad, false},
		{"SMOOBU_URL", "http://" + bad, false},
		{"BEDS24_URL", bad, false},
		{"HOSTAWAY_URL", "https://user:" + bad + "@127.0.0.1", false},
		{"CLOUDBEDS_URL", "https://127.0.0.1/?" + bad, false},
		{"OPENAI_URL", "https://127.0.0.1/#" + bad, false},
		{"GEMINI_URL", "ftp://" + bad, false},
		{"CLAUDE_URL", "https://" + bad + ":65536", false},
		{"CLAUDE_URL", "http://127.0.0.1:8081/claude", true},
		{"CLAUDE_URL", "http://127.1.2.3", true},
		{"CLAUDE_URL", "http://[::1]:8081", true},
		{"CLAUDE_URL", "http://LocalHost:8081", true},
		{"CLAUDE_URL", "http://10.0.0.1", false},
		{"CLAUDE_URL", "http://localhost.example.com", false},
		{"CLAUDE_URL", "http://gateway.example.com", false},
		{"CLAUDE_URL", "https://gateway.example.com/anthropic/", true},
		{"CLAUDE_URL", "https://gateway.example.com?", false},
		{"CLAUDE_URL", "https://:443", false},
		{"CLAUDE_URL", "https:gateway.example.com", false},
		{"CLAUDE_URL", "gateway.example.com", false},
	} {
		t.Run(c.name+"="+c.value, func(t *testing.T) {
			_, err := load(production(map[string]string{c.name: c.value}))
			if (err == nil) != c.good {
				t.Fatalf("error %v, want good %v", err, c.good)
			}
			if err == nil {
				return
			}
			if message := err.Error(); !strings.HasPrefix(message, c.name+" must be ") || strings.Contains(message, "\n") || strings.Contains(message, bad) {
				t.Errorf("message: %s", message)
			}
		})
	}
}

func TestOriginIsNormalizedAsInBrowsers(t *testing.T) {
	for setting, want := range map[string]string{
		"https://app.example.com:443":   "https://app.example.com",
		"http://app.example.com:80":     "http://app.example.com",
		"http://app.example.com:443":    "http://app.example.com:443",
		"https://app.example.com:8443":  "https://app.example.com:8443",
		"https://app.example.com:":      "https://app.example.com",
		"HTTPS://App.Example.COM:0443":  "https://app.example.com",
		"https://Café-Straße.example":   "https://xn--caf-strae-n1a8h.example",
		"https://app_1.example.com":     "https://app_1.example.com",
		"http://127.0.0.1:5173":         "http://127.0.0.1:5173",
		"http://[::1]:5173":             "http://[::1]:5173",
		"https://[2001:DB8:0:0::1]:443": "https://[2001:db8::1]",
	} {
		c, err := load(production(map[string]string{"ALLOWED_ORIGINS": setting}))
		if err != nil || !slices.Equal(c.AllowedOrigins, []string{want}) {
			t.Errorf("%s: got %q %v, want %s", setting, c.AllowedOrigins, err, want)
		}
	}
}

func TestSigningKeyThatMayCauseProblemsCausesAWarning(t *testing.T) {
	const notOld, quoted, public = "contains a comma, or white space at an end", "quotation mark", "public passwords"
	key := func(value string) map[string]string { return production(map[string]string{"JWT_SECRET_KEY": value}) }
	oldKeys := func(value string) map[string]string {
		return production(map[string]string{"JWT_OLD_SECRET_KEYS": value})
	}
	for _, c := range []struct {
		settings map[string]string
		warning  string // part of the only warning, "" for none
	}{
		{nil, ""},
		{production(nil), ""},
		{map[string]string{"FERNET_KEY": testFernetKey}, ""},
		{map[string]string{"JWT_SECRET_KEY": testJWTKey}, public},
		{map[string]string{"JWT_SECRET_KEY": testJWTKey, "FERNET_KEY": testFernetKey}, public},
		{key(`"` + testJWTKey + `"`), quoted},
		{key("'" + testJWTKey + "'"), quoted},
		{key(`"` + testJWTKey), ""},
		{key(`"` + testJWTKey + "'"), ""},
		{key(testJWTKey + `"` + testJWTKey), ""},
		{oldKeys(`"` + testJWTKey + "," + testJWTKey + `"`), quoted},
		{oldKeys(testJWTKey + "," + testJWTKey), ""},
		{key(testJWTKey + " " + testJWTKey), ""},
		{key(testJWTKey + "," + testJWTKey), notOld},
		{key(testJWTKey + ","), notOld},
		{key(" " + testJWTKey), notOld},
		{key(testJWTKey + "\n"), notOld},
	} {
		cfg, err := load(c.settings)
		if err != nil || string(cfg.JWTKey) != c.settings["JWT_SECRET_KEY"] { // the Python service does not trim it
			t.Fatalf("%q: %q, %v", c.settings, cfg.JWTKey, err)
		}
		warnings := strings.Join(cfg.Warnings, "\n")
		warned := strings.HasPrefix(warnings, "JWT_") && strings.Contains(warnings, c.warning) && len(cfg.Warnings) == 1
		if warned != (c.warning != "") || strings.Contains(warnings, testJWTKey) || strings.Contains(warnings, "\n") {
			t.Errorf("%q: warnings %q", c.settings, warnings)
		}
	}
}
