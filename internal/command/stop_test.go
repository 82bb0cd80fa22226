package command_test

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/testdb"
	"github.com/stay-sidekick/profile-server/internal/testproxy"
)

// stopWithin is how long a stop may take; of that the server allows 9 s to
// requests.
const stopWithin = 10 * time.Second

// refusesConnections waits until nothing listens at the address.
func refusesConnections(t *testing.T, address string) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		_ = conn.Close()
		if time.Now().After(deadline) {
			t.Fatal("it still takes connections")
		}
	}
}

func TestARequestThatRunsFinishesAndNewOnesAreRefused(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	user, token := someone(t, d)
	proxy := testproxy.New(t, d.URL)
	p, address := serve(t, production(proxy.URL))

	proxy.Freeze()
	var running sync.WaitGroup
	running.Go(func() {
		status, answer, err := post("http://"+address+"/graphql", token, meQuery)
		if err != nil || status != http.StatusOK || !strings.Contains(answer, user.Email) {
			t.Errorf("the running request: %d %s %v", status, answer, err)
		}
	})
	time.Sleep(300 * time.Millisecond) // it waits for the database now
	p.signal(t, syscall.SIGTERM)
	refusesConnections(t, address)
	proxy.Thaw()
	running.Wait()
	if code := p.wait(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.err)
	}
}

func TestEveryRequestThatIsAcceptedUnderLoadIsAnswered(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	_, token := someone(t, d)
	p, address := serve(t, production(d.URL))
	var answered atomic.Int64
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for {
				status, answer, err := post("http://"+address+"/graphql", token, meQuery)
				if err != nil {
					return // refused, as a stopped server does
				}
				if status != http.StatusOK || !strings.HasPrefix(answer, `{"data":{"me":{`) {
					t.Errorf("got %d %s", status, answer)
				}
				answered.Add(1)
			}
		})
	}
	for answered.Load() < 200 {
		time.Sleep(5 * time.Millisecond)
	}
	p.signal(t, syscall.SIGTERM)
	clients.Wait()
	if code := p.wait(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if handled := int64(strings.Count(p.err.String(), `"msg":"request"`)); handled != answered.Load() {
		t.Errorf("%d requests were handled, %d answers arrived", handled, answered.Load())
	}
}

func TestClientsThatNeverFinishDoNotHoldUpTheEnd(t *testing.T) {
	t.Parallel()
	p, address := serve(t, production(testdb.New(t, testdb.Own).URL))
	for _, beginning := range []string{"", "GET / HT", "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = fmt.Fprint(conn, beginning)
	}
	time.Sleep(300 * time.Millisecond) // the last one is being read now
	start := time.Now()
	p.signal(t, syscall.SIGTERM)
	if code, took := p.wait(t), time.Since(start); code != 0 || took > stopWithin {
		t.Errorf("exit code %d after %v\n%s", code, took, p.err)
	}
	p.logged(t, "cut off requests that were still running")
}

func TestASilentDatabaseDoesNotHoldUpTheEnd(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	_, token := someone(t, d)
	proxy := testproxy.New(t, d.URL)
	p, address := serve(t, production(proxy.URL))
	proxy.Freeze()
	var running sync.WaitGroup
	for range 12 { // more than the pool has connections
		running.Go(func() {
			_, answer, err := post("http://"+address+"/graphql", token, meQuery)
			if err != nil || !strings.Contains(answer, "UNAVAILABLE") {
				t.Errorf("got %s %v", answer, err)
			}
		})
	}
	time.Sleep(300 * time.Millisecond)
	start := time.Now()
	p.signal(t, syscall.SIGTERM)
	if code, took := p.wait(t), time.Since(start); code != 0 || took > stopWithin {
		t.Errorf("exit code %d after %v\n%s", code, took, p.err)
	}
	running.Wait()
}

func TestAStartThatIsStoppedIsNoFailure(t *testing.T) {
	t.Parallel()
	proxy := testproxy.Closed(t, testdb.New(t, testdb.Own).URL)
	for command, want := range map[string]int{"serve": 0, "migrate": 1} {
		p := start(t, production(proxy.URL), command)
		p.says(t, "waiting for the database")
		p.signal(t, syscall.SIGTERM)
		if code := p.wait(t); code != want {
			t.Errorf("%s: exit code %d\n%s", command, code, p.err)
		}
		if want == 1 && !strings.HasSuffix(p.err.String(), "profile-server: stopped before it was done\n") {
			t.Errorf("%s: %s", command, p.err)
		}
	}
}
