package command_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/testdb"
	"github.com/stay-sidekick/profile-server/internal/testproxy"
	"github.com/stay-sidekick/profile-server/internal/testserver"
)

const meQuery = `{"query":"{ me { email } }"}`

// stopWithin is how long a stop may take; of that the server allows 9 s to
// requests.
const stopWithin = 10 * time.Second

// someone makes a user and a token that every server of these tests takes.
func someone(t *testing.T, d *testdb.DB) (user testdb.UserRow, token string) {
	t.Helper()
	company := testdb.Company(t, d.Pool, testdb.CompanyRow{})
	user = testdb.User(t, d.Pool, testdb.UserRow{CompanyID: company.ID})
	return user, testserver.On(t, d.Pool).Token(t, user)
}

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

func TestTheServerAnswersAndEndsWhenAsked(t *testing.T) {
	t.Parallel()
	for _, asked := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		d := testdb.New(t, testdb.Empty)
		url := strings.Replace(d.URL, "@", ":"+canary+"@", 1) // the socket asks for no password
		s := production(url).with("ADMIN_ADDR", "127.0.0.1:0").with("LOG_LEVEL", "debug")
		p, address := serve(t, s)
		user, token := someone(t, d)
		for path, status := range map[string]int{"/healthz": 200, "/readyz": 200, "/api/health": 200, "/api/perfil": 401, "/playground": 404, "/schema.graphqls": 404, "/metrics": 404} {
			if got, body := get("http://" + address + path); got != status {
				t.Errorf("%s: got %d %s", path, got, body)
			}
		}
		status, answer, err := post("http://"+address+"/graphql", token, meQuery)
		if err != nil || status != http.StatusOK || !strings.Contains(answer, user.Email) {
			t.Errorf("me: %d %s %v", status, answer, err)
		}
		p.signal(t, asked)
		if code := p.wait(t); code != 0 {
			t.Errorf("%v: exit code %d", asked, code)
		}
		refusesConnections(t, address)
		for _, secret := range []string{canary, testserver.JWTKey, testserver.FernetKey, token, user.Email} {
			if strings.Contains(p.out.String()+p.err.String(), secret) {
				t.Errorf("%q is in the output:\n%s%s", secret, p.out, p.err)
			}
		}
		if p.out.String() != "" {
			t.Errorf("standard output: %s", p.out)
		}
		p.logged(t, "stopped")
	}
}

func TestMetricsHaveAnAddressOfTheirOwn(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	admin := l.Addr().String()
	_ = l.Close()
	_, address := serve(t, production(testdb.New(t, testdb.Own).URL).with("ADMIN_ADDR", admin))
	if status, body := get("http://" + admin + "/metrics"); status != http.StatusOK || !strings.Contains(body, "db_pool_connections_max 8") {
		t.Errorf("got %d %.300s", status, body)
	}
	if status, _ := get("http://" + address + "/metrics"); status != http.StatusNotFound {
		t.Errorf("the public address: got %d", status)
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

func TestAClientThatSendsItsHeadersSlowlyIsCutOff(t *testing.T) {
	t.Parallel()
	_, address := serve(t, production(testdb.New(t, testdb.Own).URL))
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	start := time.Now()
	_ = conn.SetReadDeadline(start.Add(15 * time.Second))
	_, _ = fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n")
	go func() {
		for i := 0; ; i++ {
			time.Sleep(500 * time.Millisecond)
			if _, err := fmt.Fprintf(conn, "X-Slow-%d: x\r\n", i); err != nil {
				return
			}
		}
	}()
	_, err = conn.Read(make([]byte, 1))
	if took := time.Since(start); err == nil || os.IsTimeout(err) || took < 4*time.Second || took > 10*time.Second {
		t.Errorf("after %v: %v", took, err)
	}
}

func TestADatabaseThatStartsLateIsAwaited(t *testing.T) {
	t.Parallel()
	proxy := testproxy.Closed(t, testdb.New(t, testdb.Own).URL)
	p := start(t, production(proxy.URL)) // serve is the default
	p.says(t, `"msg":"waiting for the database"`)
	if waiting := p.logged(t, "waiting for the database"); waiting["atMost"] != "30s" || !strings.Contains(waiting["reason"].(string), "connection refused") {
		t.Errorf("logged %v", waiting)
	}
	proxy.Open(t)
	p.says(t, `"msg":"serving"`)
	if status, body := get("http://" + p.logged(t, "serving")["address"].(string) + "/readyz"); status != http.StatusOK {
		t.Errorf("got %d %s", status, body)
	}
	if told := strings.Count(p.err.String(), "waiting for the database"); told != 1 {
		t.Errorf("it was told %d times", told)
	}
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
