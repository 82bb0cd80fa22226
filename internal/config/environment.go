package config

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/net/idna"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/keyring"
)

const (
	maxTokenLife = 30 * 24 * time.Hour
	maxDays      = 36500
)

// environment reads variables and keeps the first error.
type environment struct {
	lookup func(string) (string, bool)
	err    error
}

func (e *environment) get(name string) string {
	value, _ := e.lookup(name)
	return strings.TrimSpace(value)
}

func (e *environment) fail(name, should string) {
	if e.err == nil {
		e.err = fmt.Errorf("%s must be %s", name, should)
	}
}

func (e *environment) list(name string) []string {
	var items []string
	for item := range strings.SplitSeq(e.get(name), ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// databaseURL rejects an empty value, which is usually a missing secret and must not
// start a development server with demo accounts.
func (e *environment) databaseURL(name string) string {
	value := e.get(name)
	if value == "" {
		if _, set := e.lookup(name); set {
			e.fail(name, "a PostgreSQL connection URL, or unset for a development run: it is empty")
		}
		return ""
	}
	if _, err := pgxpool.ParseConfig(value); err != nil {
		e.fail(name, describeURL(value, err))
	}
	return value
}

// describeURL describes a valid value in place of one that the driver rejects. The
// text of the driver's error can contain the password.
func describeURL(value string, cause error) string {
	should := "a PostgreSQL connection URL"
	parameter := invalidParameter(value)
	if parameter != "" {
		should += " whose parameter " + parameter + " has a valid value"
	}
	if file, ok := errors.AsType[*fs.PathError](cause); ok {
		return should + "; a file that it refers to cannot be read: " + file.Err.Error()
	}
	if parameter == "" {
		should += " such as postgres://user:password@host:5432/database"
	}
	return should
}

// parameters are those of a connection URL that the driver can reject. An error names
// no other one, because it may be part of a password that is not escaped.
var parameters = []string{
	"channel_binding", "connect_timeout", "default_query_exec_mode", "description_cache_capacity", "max_protocol_version",
	"min_protocol_version", "pool_health_check_period", "pool_max_conn_idle_time", "pool_max_conn_lifetime",
	"pool_max_conn_lifetime_jitter", "pool_max_conns", "pool_min_conns", "pool_min_idle_conns", "pool_ping_timeout", "port",
	"require_auth", "service", "servicefile", "sslcert", "sslcertmode", "sslkey", "sslmode", "sslrootcert",
	"statement_cache_capacity", "target_session_attrs",
}

// invalidParameter returns the parameter without which the URL would be valid.
func invalidParameter(value string) string {
	u, err := url.Parse(value)
	if err != nil {
		return ""
	}
	for _, name := range parameters {
		rest := u.Query()
		if !rest.Has(name) {
			continue
		}
		rest.Del(name)
		without := *u
		without.RawQuery = rest.Encode()
		if _, err := pgxpool.ParseConfig(without.String()); err == nil {
			return name
		}
	}
	return ""
}

func (e *environment) listenAddr() string { return e.address("LISTEN_ADDR", "127.0.0.1:8080") }

func (e *environment) address(name, defaultValue string) string {
	value := e.get(name)
	if value == "" {
		return defaultValue
	}
	_, port, err := net.SplitHostPort(value)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		e.fail(name, "an address with a port, such as 127.0.0.1:8080")
	}
	return value
}

// jwtKey does not trim the value, because the Python service does not either.
func (e *environment) jwtKey(name string, required bool) []byte {
	value, _ := e.lookup(name)
	switch {
	case value == "" && required:
		e.fail(name, "set together with DATABASE_URL: the HS256 key of the Python service, at least 32 bytes")
	case value != "" && len(value) < auth.MinKeyBytes:
		e.fail(name, "at least 32 bytes long")
	case value != "":
		return []byte(value)
	}
	return nil
}

// jwtKeys rejects empty entries. One can come from a key that begins or ends with a
// comma, and the rest of that key would be a different key.
func (e *environment) jwtKeys(name string) [][]byte {
	value := e.get(name)
	if value == "" {
		return nil
	}
	var keys [][]byte
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); len(item) < auth.MinKeyBytes {
			e.fail(name, "a comma-separated list of keys of at least 32 bytes each, none of which contains a comma")
		}
		keys = append(keys, []byte(item))
	}
	return keys
}

func (e *environment) fernetKey(name string, required bool) *keyring.Key {
	value := e.get(name)
	if value == "" {
		if required {
			e.fail(name, "set together with DATABASE_URL: the Fernet key of the Python service, 44 characters of base64url")
		}
		return nil
	}
	key, err := keyring.ParseKey(value)
	if err != nil {
		e.fail(name, "a Fernet key: 32 bytes as 44 characters of base64url")
		return nil
	}
	return &key
}

func (e *environment) fernetKeys(name string) []keyring.Key {
	var keys []keyring.Key
	for _, item := range e.list(name) {
		key, err := keyring.ParseKey(item)
		if err != nil {
			e.fail(name, "a comma-separated list of Fernet keys, each 44 characters of base64url")
		}
		keys = append(keys, key)
	}
	return keys
}

func (e *environment) hours(name string, defaultValue time.Duration) time.Duration {
	value := e.get(name)
	if value == "" {
		return defaultValue
	}
	hours, err := strconv.ParseFloat(value, 64)
	life := time.Duration(hours * float64(time.Hour))
	if err != nil || !(hours > 0) || hours > maxTokenLife.Hours() || life < time.Second {
		e.fail(name, "a number of hours above 0 and at most 720")
	}
	return life
}

func (e *environment) days(name string, defaultValue int) time.Duration {
	days := defaultValue
	if value := e.get(name); value != "" {
		var err error
		if days, err = strconv.Atoi(value); err != nil || days < 1 || days > maxDays {
			e.fail(name, "a whole number of days from 1 to 36500")
			days = defaultValue
		}
	}
	return time.Duration(days) * 24 * time.Hour
}

func (e *environment) origins(name string) []string {
	var origins []string
	for _, item := range e.list(name) {
		origin, ok := normalizeOrigin(item)
		if !ok {
			e.fail(name, "a comma-separated list of origins such as https://app.example.com, without a path")
		}
		origins = append(origins, origin)
	}
	return origins
}

// hostNames converts host names as browsers do, which accept underscores. It accepts
// further characters, so the result is checked.
var hostNames = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false))

const hostCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-_."

var defaultPorts = map[string]uint64{"http": 80, "https": 443}

// normalizeOrigin returns an origin as browsers send it: in lower case, with the host
// name in ASCII, an IP address in its shortest form, and without a default port.
func normalizeOrigin(text string) (origin string, ok bool) {
	u, err := url.Parse(text)
	if err != nil || !strings.EqualFold(u.Scheme+"://"+u.Host, text) {
		return "", false
	}
	defaultPort, ok := defaultPorts[u.Scheme]
	port := defaultPort
	if u.Port() != "" {
		if port, err = strconv.ParseUint(u.Port(), 10, 16); err != nil {
			return "", false
		}
	}
	host := u.Hostname()
	if address, err := netip.ParseAddr(host); err == nil {
		host = address.String()
		if address.Is6() {
			host = "[" + host + "]"
		}
	} else if host, err = hostNames.ToASCII(host); err != nil || host == "" || strings.Trim(host, hostCharacters) != "" {
		return "", false
	}
	if port != defaultPort {
		host += ":" + strconv.FormatUint(port, 10)
	}
	return u.Scheme + "://" + host, ok
}

// baseURL reads the address below which an API is. API keys are sent there, so it must
// be encrypted unless it is on this machine.
func (e *environment) baseURL(name, defaultValue string) *url.URL {
	value := e.get(name)
	if value == "" {
		value = defaultValue
	}
	u, err := url.Parse(value)
	if err != nil || !isBaseURL(u) {
		e.fail(name, "an https URL such as "+defaultValue+", without user name, query and fragment; http is possible for a loopback address only")
	}
	return u
}

func isBaseURL(u *url.URL) bool {
	if u.Port() != "" {
		if _, err := strconv.ParseUint(u.Port(), 10, 16); err != nil {
			return false
		}
	}
	bare := u.Hostname() != "" && u.User == nil && u.RawQuery == "" && !u.ForceQuery && u.Fragment == ""
	return bare && (u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()))
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && address.Unmap().IsLoopback()
}

func (e *environment) networks(name string) []netip.Prefix {
	var networks []netip.Prefix
	for _, item := range e.list(name) {
		network, err := netip.ParsePrefix(item)
		if err != nil || network.Addr().Is4In6() { // the addresses of peers are unmapped
			e.fail(name, "a comma-separated list of networks such as 10.0.0.0/8 or 127.0.0.1/32")
		}
		networks = append(networks, network.Masked())
	}
	return networks
}

func (e *environment) onOff(name string, defaultValue bool) bool {
	switch e.get(name) {
	case "":
		return defaultValue
	case "on":
		return true
	case "off":
		return false
	}
	e.fail(name, "on or off")
	return false
}

func (e *environment) logLevel(name string) slog.Level {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	return levels[e.oneOf(name, "info", "debug", "info", "warn", "error")]
}

func (e *environment) oneOf(name, defaultValue string, allowed ...string) string {
	value := e.get(name)
	if value == "" {
		return defaultValue
	}
	for _, a := range allowed {
		if value == a {
			return value
		}
	}
	e.fail(name, "one of "+strings.Join(allowed, ", "))
	return defaultValue
}
