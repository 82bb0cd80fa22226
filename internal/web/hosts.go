package web

import (
	"net/http"
	"net/netip"
	"regexp"
	"strings"
)

// LoopbackHostsOnly refuses requests for a Host other than localhost, a name
// below it, or an IP address. Otherwise a page of any site could point its own
// name at this server (DNS rebinding), and the browser would take both for the
// same origin.
func LoopbackHostsOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopbackName(r.Host) && !isIPAddress(r.Host) {
			otherHost.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// loopbackName is localhost or a name below it (RFC 6761), with or without a
// port.
var loopbackName = regexp.MustCompile(`^([a-z0-9_-]+\.)*localhost\.?(:[0-9]{1,5})?$`)

func isLoopbackName(host string) bool { return loopbackName.MatchString(strings.ToLower(host)) }

// isIPAddress accepts an IP address with or without a port. An IPv6 address needs
// its brackets.
func isIPAddress(host string) bool {
	_, err := netip.ParseAddrPort(host)
	if err != nil {
		_, err = netip.ParseAddrPort(host + ":80")
	}
	return err == nil
}
