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
	// idlers are connections that do next to nothing.
	idlers = 2000
	// keptOpen of them may stay, because they have made a request.
	keptOpen = idlers / 4
)

func TestIdleAndSlowConnectionsDoNotStopMe(t *testing.T) {
	t.Parallel()
	database := testdb.New(t, testdb.Own)
	process := testprogram.StartServer(t, database.URL)
	user := testdb.User(t, database.Pool, testdb.UserRow{CompanyID: testdb.Company(t, database.Pool, testdb.CompanyRow{}).ID})
	token := testserver.TokenAt(t, user, time.Now())
	address := strings.TrimPrefix(process.URL, "http://")

	var open atomic.Int64
	ways := []func(net.Conn){silent, slowHeaders, slowBody(token), keptAlive}
	start := time.Now()
	for i := range idlers {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		open.Add(1)
		go func() {
			ways[i%len(ways)](conn)
			open.Add(-1)
		}()
	}
	mostOpen := open.Load()

	var took []time.Duration
	for deadline := time.Now().Add(testtime.MaxWait); open.Load() > keptOpen && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		answer, one := me(t, process.URL, token)
		if strings.Contains(answer, "UNAVAILABLE") && one >= testload.Pause {
			answer, one = me(t, process.URL, token) // the machine may have stood still, but hardly twice
		}
		if !strings.Contains(answer, user.ID.String()) {
			t.Errorf("me beside %d connections: %s after %s", open.Load(), answer, one)
		}
		took = append(took, one)
	}
	cutOff := time.Since(start)
	slices.Sort(took)
	most := took[len(took)*95/100] // the rest may have met a pause of the machine
	t.Logf("figure: %d idle and slow connections, %d of them open at the same time; beside them %d times me: median %s, 95th percentile %s; the slow ones were cut off within %s",
		idlers, mostOpen, len(took), took[len(took)/2].Round(time.Microsecond), most.Round(time.Millisecond), cutOff.Round(time.Second))
	if most > soon {
		t.Errorf("me took %s", most)
	}
	if left := open.Load(); left != keptOpen {
		t.Errorf("%d connections are open, not the %d that may be", left, keptOpen)
	}
}

// silent connects and says nothing.
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

// keptAlive makes one request and stays.
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

// me asks on a new connection, as somebody who comes then.
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
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err.Error(), time.Since(start)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err.Error(), time.Since(start)
	}
	return string(body), time.Since(start)
}
