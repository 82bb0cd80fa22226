package soak

import (
	"bufio"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ready tells whether every replica says so.
func (h *house) ready() bool {
	for i := range h.replicas {
		answer, err := client.Get(h.replicas[i].Load().URL + "/readyz")
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return false
		}
	}
	return true
}

var client = http.Client{Timeout: 30 * time.Second}

// metric reads a value without labels from /metrics of a replica.
func (h *house) metric(i int, name string) float64 {
	h.t.Helper()
	answer, err := client.Get(h.replicas[i].Load().MetricsURL)
	h.must(err)
	defer func() { _ = answer.Body.Close() }()
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			value, err := strconv.ParseFloat(text, 64)
			h.must(err)
			return value
		}
	}
	h.t.Fatalf("/metrics has no %s", name)
	return 0
}
