package deploy

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testprogram"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

func TestNginxForwardsToTheInstancesThatRun(t *testing.T) {
	t.Parallel()
	testprogram.Find(t, "nginx")
	database := testdb.New(t, testdb.Own)
	start := func(address string) *testprogram.Server {
		return testprogram.StartServer(t, database.URL, "TRUSTED_PROXIES=127.0.0.1/32", "LISTEN_ADDR="+address)
	}
	// No other program uses this address, so an instance can start there again.
	const instance = "127.0.0.8:0"
	instances := [2]*testprogram.Server{start(instance), start(instance)}
	url := startNginx(t, instances)
	user := testdb.User(t, database.Pool, testdb.UserRow{CompanyID: testdb.Company(t, database.Pool, testdb.CompanyRow{}).ID})

	// The address of a client is that from which it connects to nginx, whatever it
	// claims. Every address below 127.0.0.0/8 is this machine.
	const client = "127.0.0.9"
	signIn := fmt.Sprintf(`{"query":"mutation { login(input: {email: \"%s\", password: \"%s\"}) { token } }"}`, user.Email, testdb.Password)
	if status, body := post(t, url, client, signIn); status != 200 || !strings.Contains(body, `"token":"`) {
		t.Fatalf("sign-in: status %d %s", status, body)
	}
	if got := testdb.Value[netip.Addr](t, database.Pool, "select address from profile.audit_log"); got.String() != client {
		t.Errorf("the audit log has the address %s, want %s", got, client)
	}

	send := func(when string) {
		for range 20 { // each instance gets some
			if status, body := post(t, url, client, `{"query":"{ __typename }"}`); status != 200 {
				t.Fatalf("%s: status %d %s", when, status, body)
			}
		}
	}
	send("with two instances")
	if code, _ := instances[0].Terminate(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	send("after the stop of one")
	instances[0] = start(strings.TrimPrefix(instances[0].URL, "http://"))
	if code, _ := instances[1].Terminate(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	send("after the start of that one and the stop of the other")
	instances[0].Kill()
	if status, _ := post(t, url, client, signIn); status != http.StatusBadGateway {
		t.Errorf("without instances: status %d", status)
	}
}

// post sends a GraphQL request from a local address, on a new connection.
func post(t *testing.T, url, from, body string) (status int, response string) {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	client := http.Client{Transport: &http.Transport{
		DialContext:       dialer.DialContext,
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
	}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/graphql", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Forwarded-For", "203.0.113.7")
	r, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(text)
}

// startNginx runs nginx with deploy/nginx.conf in front of two instances until the test
// ends, and returns its address.
func startNginx(t *testing.T, instances [2]*testprogram.Server) (url string) {
	t.Helper()
	dir := t.TempDir()
	writeCertificate(t, dir)
	for range 5 { // another program may take the free port first
		address := freeAddress(t)
		write(t, filepath.Join(dir, "site.conf"), read(t, "nginx.conf",
			"127.0.0.1:8081", strings.TrimPrefix(instances[0].URL, "http://"),
			"127.0.0.1:8082", strings.TrimPrefix(instances[1].URL, "http://"),
			"listen 80;", "listen "+freeAddress(t)+";",
			"listen 443 ssl;", "listen "+address+" ssl;",
			"/etc/ssl/certs/profile.example.com.pem", filepath.Join(dir, "certificate.pem"),
			"/etc/ssl/private/profile.example.com.key", filepath.Join(dir, "key.pem")))
		if runNginx(t, dir) {
			return "https://" + address
		}
	}
	t.Fatal("nginx does not start")
	return ""
}

// runNginx starts nginx, which runs in the background when it listens on its addresses.
func runNginx(t *testing.T, dir string) (running bool) {
	t.Helper()
	main := "pid nginx.pid; error_log error.log; events {} http { access_log off; include site.conf;"
	if os.Geteuid() == 0 {
		main = "user root; " + main // the directory is not accessible to others
	}
	for _, name := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		main += " " + name + "_temp_path " + name + ";"
	}
	write(t, filepath.Join(dir, "nginx.conf"), main+" }\n")
	nginx := func(args ...string) (output []byte, err error) {
		args = append(args, "-p", dir, "-c", "nginx.conf", "-e", "error.log")
		return exec.Command(testprogram.Find(t, "nginx"), args...).CombinedOutput()
	}
	if output, err := nginx(); err != nil {
		t.Logf("%v: %s", err, output)
		return false
	}
	t.Cleanup(func() {
		if output, err := nginx("-s", "stop"); err != nil {
			t.Errorf("%v: %s", err, output)
		}
		if log, _ := os.ReadFile(filepath.Join(dir, "error.log")); t.Failed() {
			t.Logf("the log of nginx:\n%s", log)
		}
		testtime.Eventually(t, "nginx has stopped", func() bool {
			_, err := os.Stat(filepath.Join(dir, "nginx.pid"))
			return err != nil
		})
	})
	return true
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// writeCertificate writes the certificate of package httptest.
func writeCertificate(t *testing.T, dir string) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	certificate := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"certificate.pem": {Type: "CERTIFICATE", Bytes: certificate.Certificate[0]},
		"key.pem":         {Type: "PRIVATE KEY", Bytes: key},
	} {
		write(t, filepath.Join(dir, name), string(pem.EncodeToMemory(block)))
	}
}
