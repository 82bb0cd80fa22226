package faults

import (
	"fmt"
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

func TestIdleAndSlowConnectionsDoNotDelayRequests(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	server := testprogram.StartServer(t, database.URL)
	user := testdb.User(t, database.Pool, testdb.UserRow{CompanyID: testdb.Company(t, database.Pool, testdb.CompanyRow{}).ID})
	token := testserver.TokenAt(t, user, time.Now())
	address := strings.TrimPrefix(server.URL, "http://")

	var open atomic.Int64
	behaviours := []func(net.Conn){silent, slowHeaders, slowBody(token), keptAlive}
	start := time.Now()
	for i := range idlers {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		open.Add(1)
		go func() {
			behaviours[i%len(behaviours)](conn)
			open.Add(-1)
		}()
	}
	mostOpen := open.Load()

	var took []time.Duration
	for deadline := time.Now().Add(testtime.MaxWait); open.Load() > keptOpen && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		response, latency := me(t, server.URL, token)
		if strings.Contains(response, "UNAVAILABLE") && latency >= testload.Pause {
			response, latency = me(t, server.URL, token) // the machine may have paused, but hardly twice
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

// silent sends nothing.
func silent(conn net.Conn) { untilClosed(conn) }

// slowHeaders sends a header each second.
func slowHeaders(conn net.Conn) {
	_, _ = fmt.Fprint(conn, "POST /graphql HTTP/1.1\r\nHost: localhost\r\n")
	drip(conn, "X-Slow: 1\r\n")
}

// slowBody sends a byte of a body each second.
func slowBody(token string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"+
			"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n", token)
		drip(conn, " ")
	}
}

// keptAlive sends one request and keeps the connection open.
func keptAlive(conn net.Conn) {
	_, _ = fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
	untilClosed(conn)
}

// drip sends text every second until the server has closed the connection.
func drip(conn net.Conn, text string) {
	closed := make(chan struct{})
	go func() {
		untilClosed(conn)
		close(closed)
	}()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-closed:
			return
		case <-tick.C:
			_, _ = fmt.Fprint(conn, text)
		}
	}
}

func untilClosed(conn net.Conn) {
	buffer := make([]byte, 512)
	for {
		if _, err := conn.Read(buffer); err != nil {
			return
		}
	}
}

// me runs the query me on a new connection.
func me(t *testing.T, url, token string) (text string, took time.Duration) {
	t.Helper()
	start := time.Now()
	request, err := http.NewRequest(http.MethodPost, url+"/graphql", strings.NewReader(`{"query":"{ me { id } }"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err.Error(), time.Since(start)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error(), time.Since(start)
	}
	return string(body), time.Since(start)
}
