package faults

import (
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

const (
	// idlers is the number of idle and slow connections.
	idlers = 2000
	// keptOpen of them stay open, because they have sent a whole request.
	keptOpen = idlers / 4
)

// idle is the behavior of a connection: what it sends, and what it adds every second
// until the server closes it.
type idle struct{ first, drip string }

func TestIdleAndSlowConnectionsDoNotDelayRequests(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	server := testprogram.StartServer(t, database.URL)
	user := testdb.User(t, database.Pool, testdb.UserRow{CompanyID: testdb.Company(t, database.Pool, testdb.CompanyRow{}).ID})
	token := testserver.TokenAt(t, user, time.Now())
	address := strings.TrimPrefix(server.URL, "http://")

	behaviours := []idle{
		{"", ""},
		{"POST /graphql HTTP/1.1\r\nHost: localhost\r\n", "X-Slow: 1\r\n"},
		{"POST /graphql HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n", " "},
		{"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", ""}, // keeps the connection open
	}
	var open atomic.Int64
	start := time.Now()
	for i := range idlers {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		open.Add(1)
		b := behaviours[i%len(behaviours)]
		_, err = io.WriteString(conn, b.first)
		if b.drip != "" {
			go func() {
				for ; err == nil; _, err = io.WriteString(conn, b.drip) {
					time.Sleep(time.Second)
				}
			}()
		}
		go func() {
			_, _ = io.Copy(io.Discard, conn)
			open.Add(-1)
		}()
	}
	mostOpen := open.Load()

	me := func() (text string, took time.Duration) { // on a new connection
		took = testtime.Elapsed(func() {
			text = testserver.Send(t, token, http.MethodPost, server.URL+"/graphql", `{"query":"{ me { id } }"}`, "Connection: close").Body
		})
		return text, took
	}
	var took []time.Duration
	for deadline := time.Now().Add(testtime.MaxWait); open.Load() > keptOpen && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		response, latency := me()
		if strings.Contains(response, "UNAVAILABLE") && latency >= testload.Pause {
			response, latency = me() // the machine may have paused, but hardly twice
		}
		if !strings.Contains(response, user.ID.String()) {
			t.Errorf("me beside %d connections: %s after %s", open.Load(), response, latency)
		}
		took = append(took, latency)
	}
	cutOff := time.Since(start)
	slices.Sort(took)
	p95 := took[len(took)*95/100] // the others may include a pause of the machine
	t.Logf("figure: %d idle and slow connections, %d of them open at the same time; beside them %d times me: median %s, 95th percentile %s; the slow ones were cut off within %s",
		idlers, mostOpen, len(took), took[len(took)/2].Round(time.Microsecond), p95.Round(time.Millisecond), cutOff.Round(time.Second))
	if p95 > maxReadWait {
		t.Errorf("me took %s", p95)
	}
	if left := open.Load(); left != keptOpen {
		t.Errorf("%d connections are open, want %d", left, keptOpen)
	}
}
