package cli

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/stay-sidekick/profile-server/internal/config"
)

// Health checks the server that runs with the same LISTEN_ADDR on this machine. An
// image without a shell and curl uses it for its health check.
type Health struct {
	Ready bool `help:"Check that the database responds, too."`
}

// healthTimeout exceeds the time in which /readyz responds while the database is
// unavailable.
const healthTimeout = 4 * time.Second

// Run requests /healthz or /readyz. It fails unless the status is 200.
func (c *Health) Run(g *Globals) error {
	address, err := config.ListenAddr(g.Lookup)
	if err != nil {
		return err
	}
	path := "/healthz"
	if c.Ready {
		path = "/readyz"
	}
	ctx, cancel := context.WithTimeout(g.Context, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+clientAddress(address)+path, nil)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{}} // without the proxy of the environment
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("the server does not respond: %w", err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s has status %d", path, response.StatusCode)
	}
	_, err = fmt.Fprintln(g.Out, "ok")
	return err
}

// clientAddress returns where a client on this machine reaches a server that listens on
// address, a valid LISTEN_ADDR.
func clientAddress(address string) string {
	host, port, _ := net.SplitHostPort(address)
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
