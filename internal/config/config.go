// Package config reads the settings from the environment. docs/settings.md lists
// them. The error of an invalid setting is one line that names the variable and the
// accepted values, and never contains the given value.
package config

import (
	"log/slog"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/stay-sidekick/profile-server/internal/connection"
	"github.com/stay-sidekick/profile-server/internal/keyring"
)

// Config holds all settings.
type Config struct {
	// DatabaseURL is empty in development, which uses a private local database.
	DatabaseURL string
	// ListenAddr is the address of the API, host:port.
	ListenAddr string
	// AdminAddr is the address of the metrics, host:port; empty disables them.
	AdminAddr string

	// JWTKey signs and verifies tokens, JWTOldKeys only verify. JWTKey is nil
	// in development when it is not set.
	JWTKey     []byte
	JWTOldKeys [][]byte
	// TokenLife is the time until a token expires.
	TokenLife time.Duration
	// FernetKey encrypts and decrypts, FernetOldKeys only decrypt. FernetKey is
	// nil in development when it is not set.
	FernetKey     *keyring.Key
	FernetOldKeys []keyring.Key

	// AllowedOrigins are the origins that may send cross-origin requests, as browsers
	// send them.
	AllowedOrigins []string
	// TrustedProxies are the peers whose X-Forwarded-For header is trusted.
	TrustedProxies []netip.Prefix

	// ConnectionChecks is whether the server may ask providers about API keys, at the
	// base URLs of ProviderURLs, by the provider as both services store it.
	ConnectionChecks bool
	ProviderURLs     map[string]*url.URL

	// AuditRetention is the age at which the command prune-audit deletes entries.
	AuditRetention time.Duration

	Playground    bool
	Introspection bool
	LogLevel      slog.Level
	LogFormat     string // "text" or "json"

	// TuneGC is whether GOGC is unset, which Go reads itself.
	TuneGC bool

	// Warnings describe valid settings that may cause problems. Each is one line that
	// names the variable and never contains its value.
	Warnings []string
}

// Development reports whether the server runs on a private local database.
func (c *Config) Development() bool { return c.DatabaseURL == "" }

const listenAddr, defaultListenAddr = "LISTEN_ADDR", "127.0.0.1:8080"

// ListenAddr reads LISTEN_ADDR alone, as Load does.
func ListenAddr(lookup func(string) (string, bool)) (string, error) {
	e := &environment{lookup: lookup}
	return e.address(listenAddr, defaultListenAddr), e.err
}

// Load reads every setting with lookup, such as os.LookupEnv. An empty variable
// counts as unset, except DATABASE_URL, which must not be empty. A secret setting may be
// in a file, which Load reads. Load fails with the first invalid setting.
func Load(lookup func(string) (string, bool)) (*Config, error) {
	e := &environment{lookup: lookup}
	e.readFiles()
	c := &Config{DatabaseURL: e.databaseURL("DATABASE_URL")}
	dev := c.Development()

	logFormat := "text"
	if !dev {
		logFormat = "json"
		e.require("JWT_SECRET_KEY", "the HS256 key of the Python service, at least 32 bytes")
		e.require("FERNET_KEY", "the Fernet key of the Python service, 44 characters of base64url")
	}
	c.ListenAddr = e.address(listenAddr, defaultListenAddr)
	c.AdminAddr = e.address("ADMIN_ADDR", "")
	c.JWTKey = e.jwtKey("JWT_SECRET_KEY")
	c.JWTOldKeys = value(e, "JWT_OLD_SECRET_KEYS", nil,
		"a comma-separated list of keys of at least 32 bytes each, none of which contains a comma", parseJWTKeys)
	c.TokenLife = e.hours("JWT_ACCESS_TOKEN_HOURS", time.Hour)
	c.FernetKey = value(e, "FERNET_KEY", nil, "a Fernet key: 32 bytes as 44 characters of base64url", func(text string) (*keyring.Key, bool) {
		key, ok := parseFernetKey(text)
		return &key, ok
	})
	c.FernetOldKeys = list(e, "FERNET_OLD_KEYS", "Fernet keys, each 44 characters of base64url", parseFernetKey)
	c.AllowedOrigins = list(e, "ALLOWED_ORIGINS", "origins such as https://app.example.com, without a path", normalizeOrigin)
	c.TrustedProxies = list(e, "TRUSTED_PROXIES", "networks such as 10.0.0.0/8 or 127.0.0.1/32", parseNetwork)
	c.ConnectionChecks = e.onOff("CONNECTION_CHECKS", true)
	c.ProviderURLs = map[string]*url.URL{
		connection.Smoobu:    e.baseURL("SMOOBU_URL", "https://login.smoobu.com"),
		connection.Beds24:    e.baseURL("BEDS24_URL", "https://api.beds24.com"),
		connection.Hostaway:  e.baseURL("HOSTAWAY_URL", "https://api.hostaway.com"),
		connection.Cloudbeds: e.baseURL("CLOUDBEDS_URL", "https://api.cloudbeds.com"),
		connection.OpenAI:    e.baseURL("OPENAI_URL", "https://api.openai.com"),
		connection.Gemini:    e.baseURL("GEMINI_URL", "https://generativelanguage.googleapis.com"),
		connection.Claude:    e.baseURL("CLAUDE_URL", "https://api.anthropic.com"),
	}
	c.AuditRetention = e.days("AUDIT_RETENTION_DAYS", 365*24*time.Hour)
	c.Playground = e.onOff("PLAYGROUND", dev)
	c.Introspection = e.onOff("INTROSPECTION", dev)
	c.LogLevel = e.logLevel("LOG_LEVEL")
	c.LogFormat = value(e, "LOG_FORMAT", logFormat, "one of text, json", func(text string) (string, bool) {
		return text, text == "text" || text == "json"
	})
	c.TuneGC = e.get("GOGC") == ""
	c.Warnings = c.warnings()
	return c, e.err
}

func (c *Config) warnings() (warnings []string) {
	key := string(c.JWTKey)
	if strings.Contains(key, ",") || strings.TrimSpace(key) != key {
		warnings = append(warnings, "JWT_SECRET_KEY contains a comma, or white space at an end: it cannot be added to JWT_OLD_SECRET_KEYS "+
			"when it is replaced, so every token will become invalid then")
	}
	if isQuoted(key) {
		warnings = append(warnings, "JWT_SECRET_KEY begins and ends with a quotation mark, which is part of the key: remove both "+
			"unless the Python service has them too")
	}
	if slices.ContainsFunc(c.JWTOldKeys, func(old []byte) bool { return hasQuote(string(old)) }) {
		warnings = append(warnings, "JWT_OLD_SECRET_KEYS has a key that begins or ends with a quotation mark, which is part of the key: "+
			"remove it unless the key had it in JWT_SECRET_KEY")
	}
	if c.Development() && c.JWTKey != nil {
		warnings = append(warnings, "JWT_SECRET_KEY is set but DATABASE_URL is not: this is a development run, "+
			"whose accounts have public passwords, and their tokens are valid on every server with the same key")
	}
	return warnings
}

// isQuoted reports whether a key has quotation marks around it. Shells remove them, but
// "docker run --env-file" does not.
func isQuoted(key string) bool {
	return len(key) > 1 && key[0] == key[len(key)-1] && hasQuote(key)
}

func hasQuote(key string) bool {
	const quotes = "\"'"
	return strings.Trim(key, quotes) != key
}
