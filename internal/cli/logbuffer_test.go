package cli_test

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/cli"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// output is a file that counts writes and syncs.
type output struct {
	mu     sync.Mutex
	text   strings.Builder
	writes int
	full   bool // as a disk
	synced bool
}

func (w *output) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.full {
		return 0, errors.New("no space left")
	}
	w.writes++
	return w.text.Write(p)
}

func (w *output) Sync() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.synced = true
	return nil
}

func (w *output) setFull(full bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.full = full
}

func (w *output) read() (text string, writes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String(), w.writes
}

func open(t *testing.T) (*slog.Logger, *cli.LogBuffer, *output) {
	t.Helper()
	w := &output{}
	b := cli.NewLogBuffer(w)
	t.Cleanup(func() { _ = b.Close() })
	return slog.New(b.Handler(slog.NewTextHandler(b, nil))).With("key", "value"), b, w
}

func TestLinesAreWrittenTogetherAfterTheInterval(t *testing.T) {
	t.Parallel()
	log, _, w := open(t)
	began := time.Now()
	for range 100 {
		log.Info("line")
	}
	writes := 0
	testtime.Eventually(t, "all lines are written", func() bool {
		var text string
		text, writes = w.read()
		return strings.Count(text, "msg=line key=value\n") == 100
	})
	if took := time.Since(began); writes > 2+int(took/(100*time.Millisecond)) { // one each 100 ms
		t.Errorf("%d writes in %v", writes, took)
	}
}

func TestWarningIsWrittenImmediatelyWithEarlierLines(t *testing.T) {
	t.Parallel()
	log, _, w := open(t)
	log.Info("before")
	log.Warn("now")
	if text, _ := w.read(); !strings.Contains(text, "msg=before") || !strings.HasSuffix(text, "msg=now key=value\n") {
		t.Errorf("written: %q", text)
	}
}

func TestCloseWritesEveryLine(t *testing.T) {
	t.Parallel()
	log, b, w := open(t)
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			for range 1000 {
				log.Info("line")
			}
		})
	}
	writers.Wait()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if text, _ := w.read(); strings.Count(text, "msg=line key=value\n") != 8000 {
		t.Errorf("%d of 8000 lines", strings.Count(text, "msg=line key=value\n"))
	}
}

func TestLogFileIsNotSynced(t *testing.T) {
	t.Parallel()
	log, b, w := open(t)
	log.Warn("now")
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if w.synced {
		t.Error("the file was synced")
	}
}

func TestLogContinuesAfterTheDiskWasFull(t *testing.T) {
	t.Parallel()
	log, _, w := open(t)
	w.setFull(true)
	log.Warn("lost")
	w.setFull(false)
	log.Warn("kept")
	if text, _ := w.read(); strings.Contains(text, "lost") || !strings.Contains(text, "msg=kept") {
		t.Errorf("written: %q", text)
	}
}
