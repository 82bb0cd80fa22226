package cli_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/app"
	"github.com/stay-sidekick/profile-server/internal/cli"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testload"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// stopWithin is the maximum duration of a shutdown.
const stopWithin = 10 * time.Second

// refusesConnections waits until nothing listens at the address.
func refusesConnections(t *testing.T, address string) {
	t.Helper()
	testtime.Eventually(t, "connections are refused", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
}

// continueClient sends a body only after the response 100 Continue.
var continueClient = &http.Client{Transport: &http.Transport{ExpectContinueTimeout: processTimeout}}

// begin posts to the server and returns when the handler reads the body. await waits
// for the response.
func begin(t *testing.T, url, token string, body io.Reader) (await func() (status int, text string, err error)) {
	t.Helper()
	request, err := newPost(url, token, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Expect", "100-continue")
	continued, done := make(chan struct{}), make(chan struct{})
	trace := &httptrace.ClientTrace{Got100Continue: func() { close(continued) }}
	request = request.WithContext(httptrace.WithClientTrace(t.Context(), trace))
	var status int
	var text string
	go func() {
		defer close(done)
		status, text, err = send(continueClient, request)
	}()
	select {
	case <-continued:
	case <-done:
		t.Fatalf("a response before the body was read: %d %s %v", status, text, err)
	}
	return func() (int, string, error) {
		<-done
		return status, text, err
	}
}

func TestStopUnderLoadRespondsToEveryAcceptedRequest(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	_, token := newUser(t, d, "admin")
	p, address := serve(t, production(d.URL))
	var responses atomic.Int64
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for {
				began := time.Now()
				status, response, err := post("http://"+address+"/graphql", token, meQuery)
				if err != nil {
					return // the server has stopped
				}
				// A pause of the machine may make the database unavailable.
				paused := time.Since(began) >= testload.Pause && strings.Contains(response, "UNAVAILABLE")
				if !paused && (status != http.StatusOK || !strings.HasPrefix(response, `{"data":{"me":{`)) {
					t.Errorf("got %d %s", status, response)
				}
				responses.Add(1)
			}
		})
	}
	for responses.Load() < 200 {
		time.Sleep(5 * time.Millisecond)
	}
	p.signal(t, syscall.SIGTERM)
	clients.Wait()
	if code := p.wait(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if handled := int64(strings.Count(p.err.String(), `"msg":"request"`)); handled != responses.Load() {
		t.Errorf("%d requests were handled, %d responses arrived", handled, responses.Load())
	}
}

func TestStopDisconnectsClientsThatNeverFinish(t *testing.T) {
	t.Parallel()
	p, address := serve(t, production(testdb.New(t, testdb.Own).URL))
	var last net.Conn
	for _, beginning := range []string{"", "GET / HT", "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = fmt.Fprint(conn, beginning)
		last = conn
	}
	if line, err := bufio.NewReader(last).ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("it does not read the body: %q %v", line, err)
	}
	_, _ = fmt.Fprint(last, "{")
	start := time.Now()
	p.signal(t, syscall.SIGTERM)
	refusesConnections(t, address)
	select {
	case <-p.ended:
		t.Error("it did not wait for running requests")
	default:
	}
	// A busy machine may exceed stopWithin; the server's own timeouts are checked below.
	if code, took := p.wait(t), time.Since(start); code != 0 || took > 3*stopWithin {
		t.Errorf("exit code %d after %v\n%s", code, took, p.err)
	}
	after, err := time.ParseDuration(p.logged(t, "cut off requests that were still running")["after"].(string))
	if longest := after + app.FlushTimeout + cli.CloseTimeout + cli.OutputTimeout; err != nil || longest >= stopWithin {
		t.Errorf("a stop may take %v, %v", longest, err)
	}
}

func TestStopDoesNotWaitForAnUnresponsiveDatabase(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	_, token := newUser(t, d, "operativo")
	proxy := testdb.NewProxy(t, d.URL)
	p, address := serve(t, production(proxy.URL))
	for range 2 { // the second one is counted
		_, response, err := post("http://"+address+"/graphql", token, `{"query":"mutation { removePmsIntegration { userErrors { code } } }"}`)
		if err != nil || !strings.Contains(response, "FORBIDDEN") {
			t.Errorf("got %s %v", response, err)
		}
	}
	proxy.Freeze()
	var awaits []func() (int, string, error)
	for range 12 { // more than the pool has connections
		awaits = append(awaits, begin(t, "http://"+address+"/graphql", token, strings.NewReader(meQuery)))
	}
	start := time.Now()
	p.signal(t, syscall.SIGTERM)
	if code, took := p.wait(t), time.Since(start); code != 0 || took > stopWithin {
		t.Errorf("exit code %d after %v\n%s", code, took, p.err)
	}
	p.logged(t, "refused accesses that were counted are not in the audit log")
	for _, await := range awaits {
		if _, text, err := await(); err != nil || !strings.Contains(text, "UNAVAILABLE") {
			t.Errorf("got %s %v", text, err)
		}
	}
}

func TestServeStoppedDuringTheStartExitsWith0(t *testing.T) {
	t.Parallel()
	url, _ := stoppedDatabase(t)
	for command, want := range map[string]int{"serve": 0, "migrate": 1} {
		p := start(t, production(url), command)
		p.waitFor(t, "waiting for the database")
		p.signal(t, syscall.SIGTERM)
		if code := p.wait(t); code != want {
			t.Errorf("%s: exit code %d\n%s", command, code, p.err)
		}
		if want == 1 && !strings.HasSuffix(p.err.String(), "profile-server: stopped before it was finished\n") {
			t.Errorf("%s: %s", command, p.err)
		}
	}
}
