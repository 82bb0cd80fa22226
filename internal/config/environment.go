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

// value returns the parsed value of a variable, and byDefault when it is not set. It
// fails when parse is not ok; should describes a valid value.
func value[T any](e *environment, name string, byDefault T, should string, parse func(string) (value T, ok bool)) T {
	text := e.get(name)
	if text == "" {
		return byDefault
	}
	parsed, ok := parse(text)
	if !ok {
		e.fail(name, should)
	}
	return parsed
}

// list is value for a list that is separated by commas. It skips empty items.
func list[T any](e *environment, name, should string, parse func(string) (item T, ok bool)) []T {
	return value(e, name, nil, "a comma-separated list of "+should, func(text string) (items []T, ok bool) {
		for item := range strings.SplitSeq(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				parsed, ok := parse(item)
				if !ok {
					return nil, false
				}
				items = append(items, parsed)
			}
		}
		return items, true
	})
}

// require fails when a variable is not set.
func (e *environment) require(name, should string) {
	if e.get(name) == "" {
		e.fail(name, "set together with DATABASE_URL: "+should)
	}
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

func (e *environment) address(name, byDefault string) string {
	return value(e, name, byDefault, "an address with a port, such as 127.0.0.1:8080", func(text string) (string, bool) {
		_, port, err := net.SplitHostPort(text)
		return text, err == nil && isPort(port)
	})
}

func isPort(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}

// jwtKey does not trim the value, because the Python service does not either.
func (e *environment) jwtKey(name string) []byte {
	key, _ := e.lookup(name)
	if key == "" {
		return nil
	}
	if len(key) < auth.MinKeyBytes {
		e.fail(name, "at least 32 bytes long")
	}
	return []byte(key)
}

// parseJWTKeys rejects empty items. One can come from a key that begins or ends with a
// comma, and the rest of that key would be a different key.
func parseJWTKeys(text string) (keys [][]byte, ok bool) {
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); len(item) < auth.MinKeyBytes {
			return nil, false
		}
		keys = append(keys, []byte(item))
	}
	return keys, true
}

func parseFernetKey(text string) (key keyring.Key, ok bool) {
	key, err := keyring.ParseKey(text)
	return key, err == nil
}

func (e *environment) hours(name string, byDefault time.Duration) time.Duration {
	return value(e, name, byDefault, "a number of hours above 0 and at most 720", func(text string) (time.Duration, bool) {
		hours, err := strconv.ParseFloat(text, 64)
		life := time.Duration(hours * float64(time.Hour))
		return life, err == nil && hours > 0 && hours <= 720 && life >= time.Second
	})
}

func (e *environment) days(name string, byDefault time.Duration) time.Duration {
	return value(e, name, byDefault, "a whole number of days from 1 to 36500", func(text string) (time.Duration, bool) {
		days, err := strconv.Atoi(text)
		return time.Duration(days) * 24 * time.Hour, err == nil && days >= 1 && days <= 36500
	})
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
func (e *environment) baseURL(name, byDefault string) *url.URL {
	standard, _ := url.Parse(byDefault)
	return value(e, name, standard,
		"an https URL such as "+byDefault+", without user name, query and fragment; http is possible for a loopback address only",
		func(text string) (*url.URL, bool) {
			u, err := url.Parse(text)
			return u, err == nil && isBaseURL(u)
		})
}

func isBaseURL(u *url.URL) bool {
	if u.Port() != "" && !isPort(u.Port()) {
		return false
	}
	bare := u.Hostname() != "" && u.User == nil && u.RawQuery == "" && !u.ForceQuery && u.Fragment == ""
	return bare && (u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()))
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && address.Unmap().IsLoopback()
}

// parseNetwork accepts no IPv4 address in IPv6, because the addresses of peers are
// unmapped.
func parseNetwork(text string) (network netip.Prefix, ok bool) {
	network, err := netip.ParsePrefix(text)
	return network.Masked(), err == nil && !network.Addr().Is4In6()
}

func (e *environment) onOff(name string, byDefault bool) bool {
	return value(e, name, byDefault, "on or off", func(text string) (on, ok bool) { return text == "on", text == "on" || text == "off" })
}

func (e *environment) logLevel(name string) slog.Level {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	return value(e, name, slog.LevelInfo, "one of debug, info, warn, error", func(text string) (level slog.Level, ok bool) {
		level, ok = levels[text]
		return level, ok
	})
}
