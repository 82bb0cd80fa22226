// Package faults injects faults into PostgreSQL, its network and the server process
// under load, and checks the responses and the stored data.
package faults

import (
	"net/http"
	"os"
	"regexp"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestMain(m *testing.M) { os.Exit(testprogram.Main(m)) }

const (
	replicas  = 2
	companies = 4
	// pace limits the load to what a small machine sustains for ten minutes.
	pace = 20 * time.Millisecond
	// lag is the transit time of requests: a server that stops without draining its
	// connections cuts the requests in transit.
	lag = 100 * time.Millisecond
	// someSaves after a fault show that the service works again.
	someSaves = 20
	// maxReadWait is the bound for the response that the database is unavailable.
	// The server promises two seconds; a machine busy with tests needs more.
	maxReadWait = 6 * time.Second
)

// cluster is a PostgreSQL server, two replicas that connect to it through a proxy,
// and their clients.
type cluster struct {
	t        *testing.T
	database *testdb.Postgres
	// direct reaches the database without the faults.
	direct   *pgxpool.Pool
	network  *testdb.Proxy
	replicas [replicas]atomic.Pointer[testprogram.Server]
	load     *testload.Load
	next     atomic.Int64
	// hold is the duration of a lasting fault, between that without a fault.
	hold, between time.Duration
}

func newCluster(t *testing.T) *cluster {
	c := &cluster{t: t, database: testdb.Server(t)}
	c.direct = testdb.Open(t, c.database.URL()+"&default_transaction_read_only=off")
	c.network = testdb.NewProxy(t, c.database.URL())
	for i := range c.replicas {
		c.start(i)
	}
	c.load = testload.New(t, c.direct, companies)
	c.load.Pace, c.load.Lag = pace, lag
	return c
}

func (c *cluster) start(i int) {
	c.t.Helper()
	c.replicas[i].Store(testprogram.StartServer(c.t, c.network.URL))
}

// nextReplica returns the URL of the next replica, like a load balancer without
// health checks.
func (c *cluster) nextReplica() string {
	return c.replicas[c.next.Add(1)%replicas].Load().URL
}

func (c *cluster) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) ready() bool {
	for i := range c.replicas {
		if status(c.replicas[i].Load().URL+"/readyz") != http.StatusOK {
			return false
		}
	}
	return true
}

var client = &http.Client{Timeout: 30 * time.Second}

// status returns the status of a page, 0 without a response.
func status(url string) int {
	response, err := testserver.TrySend(client, "", http.MethodGet, url, "")
	if err != nil {
		return 0
	}
	return response.Status
}

// metric returns the value of a metric without labels from /metrics of a replica.
func (c *cluster) metric(i int, name string) float64 {
	c.t.Helper()
	page := testserver.Send(c.t, "", http.MethodGet, c.replicas[i].Load().MetricsURL, "").Body
	line := regexp.MustCompile(`(?m)^` + name + ` (.+)$`).FindStringSubmatch(page)
	if line == nil {
		c.t.Fatalf("/metrics has no %s", name)
	}
	value, err := strconv.ParseFloat(line[1], 64)
	c.must(err)
	return value
}
