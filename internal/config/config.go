// Package config reads the settings from the environment. docs/settings.md
// lists them; a bad one is an error of one line that names the variable, says
// what it should be, and never repeats a value.
package config

import (
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"github.com/stay-sidekick/profile-server/internal/keyring"
)

// Config is everything that can be set.
type Config struct {
	// DatabaseURL is empty for a private local database, which is for
	// development only.
	DatabaseURL string
	// ListenAddr is where the API answers, host:port.
	ListenAddr string
	// AdminAddr is where the metrics answer, host:port; empty for nowhere.
	AdminAddr string

	// JWTKey signs and verifies tokens, JWTOldKeys only verify. JWTKey is nil
	// in development when it is not set.
	JWTKey     []byte
	JWTOldKeys [][]byte
	// TokenLife is how long a token is good for.
	TokenLife time.Duration
	// FernetKey encrypts and decrypts, FernetOldKeys only decrypt. FernetKey is
	// nil in development when it is not set.
	FernetKey     *keyring.Key
	FernetOldKeys []keyring.Key

	// AllowedOrigins are the origins of other sites whose pages may call.
	AllowedOrigins []string
	// TrustedProxies are the peers whose X-Forwarded-For counts.
	TrustedProxies []netip.Prefix

	// AuditRetention is how long the command prune-audit keeps entries.
	AuditRetention time.Duration

	Playground    bool
	Introspection bool
	LogLevel      slog.Level
	LogFormat     string // "text" or "json"

	// Warnings are about settings that work and may make trouble one day: one
	// line each, which names the variable and never repeats its value.
	Warnings []string
}

// Development reports whether the server runs on a private local database.
func (c *Config) Development() bool { return c.DatabaseURL == "" }

// Load reads every setting through lookup, which is os.LookupEnv outside of
// tests. An empty variable counts as unset, but for DATABASE_URL.
func Load(lookup func(string) (string, bool)) (*Config, error) {
	e := &environment{lookup: lookup}
	c := &Config{DatabaseURL: e.databaseURL("DATABASE_URL")}
	dev := c.Development()

	c.ListenAddr = e.address("LISTEN_ADDR", "127.0.0.1:8080")
	c.AdminAddr = e.address("ADMIN_ADDR", "")
	c.JWTKey = e.jwtKey("JWT_SECRET_KEY", !dev)
	c.JWTOldKeys = e.jwtKeys("JWT_OLD_SECRET_KEYS")
	c.TokenLife = e.hours("JWT_ACCESS_TOKEN_HOURS", time.Hour)
	c.FernetKey = e.fernetKey("FERNET_KEY", !dev)
	c.FernetOldKeys = e.fernetKeys("FERNET_OLD_KEYS")
	c.AllowedOrigins = e.origins("ALLOWED_ORIGINS")
	c.TrustedProxies = e.networks("TRUSTED_PROXIES")
	c.AuditRetention = e.days("AUDIT_RETENTION_DAYS", 365)
	c.Playground = e.onOff("PLAYGROUND", dev)
	c.Introspection = e.onOff("INTROSPECTION", dev)
	c.LogLevel = e.logLevel("LOG_LEVEL")
	c.LogFormat = e.oneOf("LOG_FORMAT", logFormat(dev), "text", "json")
	c.Warnings = c.warnings()
	return c, e.err
}

func (c *Config) warnings() (warnings []string) {
	key := string(c.JWTKey)
	if strings.Contains(key, ",") || strings.TrimSpace(key) != key {
		warnings = append(warnings, "JWT_SECRET_KEY holds a comma, or white space at an end: it cannot be put into JWT_OLD_SECRET_KEYS "+
			"when it is replaced, so that every session will end then")
	}
	if c.Development() && c.JWTKey != nil {
		warnings = append(warnings, "JWT_SECRET_KEY is set but DATABASE_URL is not: this is a development run, "+
			"whose accounts have public passwords and get tokens that are good wherever the same key is used")
	}
	return warnings
}

func logFormat(dev bool) string {
	if dev {
		return "text"
	}
	return "json"
}
