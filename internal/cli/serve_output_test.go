package cli_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// serveInto runs the server with standard output and standard error in a pipe, which
// is read until the server serves.
func serveInto(t *testing.T, s settings) (p *process, log *os.File, address, admin string) {
	t.Helper()
	log, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	cmd := program(t, "serve")
	cmd.Dir, cmd.Env = t.TempDir(), s.with("ADMIN_ADDR", "127.0.0.1:0").environment()
	cmd.Stdout, cmd.Stderr = writer, writer
	p = startProcess(t, cmd)
	_ = writer.Close()
	for lines := bufio.NewScanner(log); lines.Scan(); {
		var entry struct{ Msg, Address string }
		_ = json.Unmarshal(lines.Bytes(), &entry) // the text of a failure is no JSON
		switch entry.Msg {
		case "serving metrics":
			admin = entry.Address
		case "serving":
			return p, log, entry.Address, admin
		}
	}
	t.Fatal("it does not serve")
	return nil, nil, "", ""
}

// sendMany sends requests that are logged, each of which must get a response.
func sendMany(t *testing.T, address string, number int) {
	t.Helper()
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for range number / 8 {
				request, _ := http.NewRequest(http.MethodGet, "http://"+address+"/unknown", nil)
				if status, text, err := send(client, request); err != nil || status != http.StatusNotFound {
					t.Errorf("got %d %s %v", status, text, err)
					return
				}
			}
		})
	}
	clients.Wait()
}

func TestServerRespondsAndStopsWhileItsOutputStalls(t *testing.T) {
	t.Parallel()
	p, _, address, admin := serveInto(t, production(testdb.New(t, testdb.Own).URL))
	sendMany(t, address, 8000) // 1.6 MB of log
	_, metrics := get("http://" + admin + "/metrics")
	_, dropped, _ := strings.Cut(metrics, "\nlog_lines_dropped_total ")
	dropped, _, _ = strings.Cut(dropped, "\n")
	if n, err := strconv.Atoi(dropped); err != nil || n == 0 {
		t.Errorf("dropped %q", dropped)
	}
	began := time.Now()
	p.signal(t, syscall.SIGTERM)
	if code, took := p.wait(t), time.Since(began); code != 0 || took > stopWithin {
		t.Errorf("exit code %d after %v", code, took)
	}
}

func TestServerRespondsAndStopsWithoutAReaderOfItsOutput(t *testing.T) {
	t.Parallel()
	p, log, address, _ := serveInto(t, production(testdb.New(t, testdb.Own).URL))
	_ = log.Close()
	for range 3 {
		sendMany(t, address, 8)
		time.Sleep(200 * time.Millisecond) // until the log is written
	}
	p.signal(t, syscall.SIGTERM)
	if code := p.wait(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestFailedStartEndsWhileTheOutputStalls(t *testing.T) {
	t.Parallel()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	defer writer.Close()
	for full := false; !full; { // fill the pipe
		_ = writer.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
		_, err := writer.Write(make([]byte, 4096))
		full = errors.Is(err, os.ErrDeadlineExceeded)
	}
	cmd := program(t, "serve")
	cmd.Env = production("postgres://nobody@127.0.0.1:1/none?sslmode=disable").with("LISTEN_ADDR", "nonsense").environment()
	cmd.Stdout, cmd.Stderr = writer, writer
	if code := startProcess(t, cmd).wait(t); code != 1 {
		t.Errorf("exit code %d", code)
	}
}

func TestOtherCommandsEndWithTheReaderOfTheirOutput(t *testing.T) {
	t.Parallel()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = reader.Close()
	defer writer.Close()
	cmd := program(t, "version")
	cmd.Stdout = writer
	p := startProcess(t, cmd)
	if p.wait(t); cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGPIPE {
		t.Errorf("it ended with %v", cmd.ProcessState)
	}
}

func TestServerIgnoresSIGHUPAfterNohup(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("sh", "-c", `trap "" HUP; exec "$0" serve`, program(t).Path)
	cmd.Dir, cmd.Env = t.TempDir(), production(testdb.New(t, testdb.Own).URL).environment()
	p := startCommand(t, cmd)
	p.waitFor(t, `"msg":"serving"`)
	p.signal(t, syscall.SIGHUP)
	time.Sleep(200 * time.Millisecond)
	if status, text := get("http://" + p.logged(t, "serving")["address"].(string) + "/healthz"); status != http.StatusOK {
		t.Errorf("got %d %s", status, text)
	}
	p.signal(t, syscall.SIGTERM)
	if code := p.wait(t); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.err)
	}
}
