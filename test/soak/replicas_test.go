package soak

import (
	"bufio"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ready reports whether /readyz of every replica has status 200.
func (c *cluster) ready() bool {
	for i := range c.replicas {
		response, err := client.Get(c.replicas[i].Load().URL + "/readyz")
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return false
		}
	}
	return true
}

var client = http.Client{Timeout: 30 * time.Second}

// metric returns the value of a metric without labels from /metrics of a replica.
func (c *cluster) metric(i int, name string) float64 {
	c.t.Helper()
	response, err := client.Get(c.replicas[i].Load().MetricsURL)
	c.must(err)
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			value, err := strconv.ParseFloat(text, 64)
			c.must(err)
			return value
		}
	}
	c.t.Fatalf("/metrics has no %s", name)
	return 0
}
