package soak

import (
	"bufio"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testfault"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
)

func TestMain(m *testing.M) {
	os.Exit(testprogram.Main(func() int { return testdb.Main(m) }))
}

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
)

// cluster is a PostgreSQL server, two replicas that connect to it through a proxy,
// and their clients.
type cluster struct {
	t        *testing.T
	database *testdb.Postgres
	// direct reaches the database without the faults.
	direct   *pgxpool.Pool
	network  *testfault.Proxy
	replicas [replicas]atomic.Pointer[testprogram.Server]
	load     *testload.Load
	next     atomic.Int64

	// hold is the duration of a lasting fault.
	hold time.Duration
}

func newCluster(t *testing.T, hold time.Duration) *cluster {
	c := &cluster{t: t, hold: hold, database: testdb.Server(t)}
	c.direct = testdb.Open(t, c.database.URL()+"&default_transaction_read_only=off")
	c.network = testfault.NewProxy(t, c.database.URL())
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
func (c *cluster) nextReplica(int) string {
	return c.replicas[c.next.Add(1)%replicas].Load().URL
}

func (c *cluster) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

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
