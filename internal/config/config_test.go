package config_test

import (
	"log/slog"
	"maps"
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

func TestNoSettingsGiveADevelopmentServer(t *testing.T) {
	c, err := load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if !c.Development() || !c.Playground || !c.Introspection || c.LogFormat != "text" {
		t.Errorf("development defaults: %+v", c)
	}
	if c.ListenAddr != "127.0.0.1:8080" || c.AdminAddr != "" || c.TokenLife != time.Hour || c.LogLevel != slog.LevelInfo {
		t.Errorf("defaults: %+v", c)
	}
}

func TestDatabaseURLGivesAProductionServer(t *testing.T) {
	c, err := load(production(nil))
	if err != nil {
		t.Fatal(err)
	}
	if c.Development() || c.Playground || c.Introspection || c.LogFormat != "json" {
		t.Errorf("production defaults: %+v", c)
	}
	if string(c.JWTKey) != testJWTKey || c.FernetKey.Encoded() != testFernetKey {
		t.Error("the keys are not those that were set")
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

// The providers' documentation has these addresses.
func TestDefaultAddressesOfTheProviders(t *testing.T) {
	c, err := load(nil)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for provider, address := range c.ProviderURLs {
		got[provider] = address.String()
	}
	if want := map[string]string{
		"smoobu": "https://login.smoobu.com", "beds24": "https://api.beds24.com", "hostaway": "https://api.hostaway.com",
		"cloudbeds": "https://api.cloudbeds.com", "openai": "https://api.openai.com",
		"gemini": "https://generativelanguage.googleapis.com", "claude": "https://api.anthropic.com",
	}; !c.ConnectionChecks || !maps.Equal(got, want) {
		t.Errorf("got %v %v", c.ConnectionChecks, got)
	}
}

func TestInvalidSettingIsReportedInOneLineWithoutItsValue(t *testing.T) {
	const bad = "hunter2-bad-value"
	for name, value := range map[string]string{
		"DATABASE_URL":           "postgres://user:" + bad + "@host:notaport/x",
		"LISTEN_ADDR":            bad,
		"ADMIN_ADDR":             bad + ":99999",
		"JWT_SECRET_KEY":         bad,
		"JWT_OLD_SECRET_KEYS":    testJWTKey + "," + bad,
		"JWT_ACCESS_TOKEN_HOURS": bad,
		"FERNET_KEY":             bad,
		"FERNET_OLD_KEYS":        testFernetKey + "," + bad,
		"ALLOWED_ORIGINS":        "https://" + bad + "/path",
		"TRUSTED_PROXIES":        bad,
		"PLAYGROUND":             bad,
		"INTROSPECTION":          bad,
		"AUDIT_RETENTION_DAYS":   bad,
		"CONNECTION_CHECKS":      bad,
		"SMOOBU_URL":             "http://" + bad,
		"BEDS24_URL":             bad,
		"HOSTAWAY_URL":           "https://user:" + bad + "@127.0.0.1",
		"CLOUDBEDS_URL":          "https://127.0.0.1/?" + bad,
		"OPENAI_URL":             "https://127.0.0.1/#" + bad,
		"GEMINI_URL":             "ftp://" + bad,
		"CLAUDE_URL":             "https://" + bad + ":65536",
		"LOG_LEVEL":              bad,
		"LOG_FORMAT":             bad,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(production(map[string]string{name: value}))
			if err == nil {
				t.Fatal("accepted")
			}
			if message := err.Error(); !strings.HasPrefix(message, name+" must be ") || strings.Contains(message, "\n") || strings.Contains(message, bad) {
				t.Errorf("message: %s", message)
			}
		})
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

func TestJWTKeyInDevelopmentCausesAWarning(t *testing.T) {
	for name, c := range map[string]struct {
		settings map[string]string
		warns    bool
	}{
		"both keys without the URL": {map[string]string{"JWT_SECRET_KEY": testJWTKey, "FERNET_KEY": testFernetKey}, true},
		"the key that signs":        {map[string]string{"JWT_SECRET_KEY": testJWTKey}, true},
		"the key that encrypts":     {map[string]string{"FERNET_KEY": testFernetKey}, false},
		"no key":                    {nil, false},
		"production":                {production(nil), false},
	} {
		cfg, err := load(c.settings)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if warns := strings.Contains(strings.Join(cfg.Warnings, "\n"), "public passwords"); warns != c.warns {
			t.Errorf("%s: warnings %q", name, cfg.Warnings)
		}
	}
}

func TestLimitsOfSettings(t *testing.T) {
	for _, c := range []struct {
		name, value string
		good        bool
	}{
		{"TRUSTED_PROXIES", "::ffff:10.0.0.1/128", false},
		{"TRUSTED_PROXIES", "fd00::/8", true},
		{"JWT_SECRET_KEY", strings.Repeat("k", 31), false},
		{"JWT_SECRET_KEY", strings.Repeat("k", 32), true},
		{"JWT_SECRET_KEY", "", false},
		{"JWT_OLD_SECRET_KEYS", testJWTKey + " , " + testJWTKey, true},
		{"JWT_OLD_SECRET_KEYS", testJWTKey + ",", false}, // the rest of a key that ends with a comma
		{"JWT_OLD_SECRET_KEYS", "," + testJWTKey, false},
		{"JWT_OLD_SECRET_KEYS", testJWTKey + ",," + testJWTKey, false},
		{"JWT_OLD_SECRET_KEYS", testJWTKey + ",short", false}, // the rest of a key that contains a comma
		{"FERNET_KEY", "", false},
		{"FERNET_KEY", strings.Repeat("0", 64), false}, // hexadecimal, which Python rejects
		{"JWT_ACCESS_TOKEN_HOURS", "0", false},
		{"JWT_ACCESS_TOKEN_HOURS", "NaN", false},
		{"JWT_ACCESS_TOKEN_HOURS", "720", true},
		{"JWT_ACCESS_TOKEN_HOURS", "720.1", false},
		{"ALLOWED_ORIGINS", "*", false},
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
		{"LISTEN_ADDR", "[::1]:8080", true},
		{"PLAYGROUND", "true", false},
		{"CONNECTION_CHECKS", "false", false},
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
				t.Errorf("error %v, want good %v", err, c.good)
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

func TestKeyInQuotationMarksCausesAWarning(t *testing.T) {
	for _, c := range []struct {
		name, value string
		warned      bool
	}{
		{"JWT_SECRET_KEY", `"` + testJWTKey + `"`, true},
		{"JWT_SECRET_KEY", "'" + testJWTKey + "'", true},
		{"JWT_SECRET_KEY", `"` + testJWTKey, false},
		{"JWT_SECRET_KEY", `"` + testJWTKey + "'", false},
		{"JWT_SECRET_KEY", testJWTKey + `"` + testJWTKey, false},
		{"JWT_OLD_SECRET_KEYS", `"` + testJWTKey + "," + testJWTKey + `"`, true},
		{"JWT_OLD_SECRET_KEYS", testJWTKey + "," + testJWTKey, false},
	} {
		cfg, err := load(production(map[string]string{c.name: c.value}))
		if err != nil {
			t.Fatal(err)
		}
		warnings := strings.Join(cfg.Warnings, "\n")
		if warned := strings.HasPrefix(warnings, c.name) && strings.Contains(warnings, "quotation mark"); warned != c.warned || strings.Contains(warnings, testJWTKey) {
			t.Errorf("%s=%s: warnings %q", c.name, c.value, warnings)
		}
	}
}

func TestJWTKeyIsNotTrimmed(t *testing.T) {
	c, err := load(production(map[string]string{"JWT_SECRET_KEY": " " + testJWTKey + " "}))
	if err != nil {
		t.Fatal(err)
	}
	if string(c.JWTKey) != " "+testJWTKey+" " {
		t.Error("spaces around the key were cut, which the Python service does not do")
	}
}

func TestJWTKeyThatCannotBecomeAnOldKeyCausesAWarning(t *testing.T) {
	for key, warned := range map[string]bool{
		testJWTKey:                    false,
		testJWTKey + " " + testJWTKey: false,
		testJWTKey + "," + testJWTKey: true,
		testJWTKey + ",":              true,
		" " + testJWTKey:              true,
		testJWTKey + "\n":             true,
	} {
		c, err := load(production(map[string]string{"JWT_SECRET_KEY": key}))
		if err != nil || string(c.JWTKey) != key {
			t.Fatalf("%q: %v", key, err)
		}
		warnings := strings.Join(c.Warnings, "\n")
		if warned != strings.HasPrefix(warnings, "JWT_SECRET_KEY contains a comma") || strings.Contains(warnings, testJWTKey) || strings.Contains(warnings, "\n") {
			t.Errorf("%q: warnings %q", key, warnings)
		}
	}
	if c, err := load(nil); err != nil || len(c.Warnings) != 0 {
		t.Errorf("a development server is warned: %v", c.Warnings)
	}
}
