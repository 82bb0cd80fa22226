package web

import (
	"net/http"
	"net/netip"
	"regexp"
	"strings"
)

// LoopbackHostsOnly rejects requests with 403 unless their Host is localhost, a
// subdomain of it, or an IP address. Without this check a site could point its
// own name at this server (DNS rebinding), and browsers would treat both as one
// origin.
func LoopbackHostsOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopbackName.MatchString(strings.ToLower(r.Host)) && !isIPAddress(r.Host) {
			otherHost.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// loopbackName matches localhost and its subdomains (RFC 6761), with or without
// a port.
var loopbackName = regexp.MustCompile(`^([a-z0-9_-]+\.)*localhost\.?(:[0-9]{1,5})?$`)

// isIPAddress reports whether host is an IP address, with or without a port. An
// IPv6 address needs brackets.
func isIPAddress(host string) bool {
	_, err := netip.ParseAddrPort(host)
	if err != nil {
		_, err = netip.ParseAddrPort(host + ":80")
	}
	return err == nil
}
