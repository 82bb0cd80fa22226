package cli_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stay-sidekick/profile-server/internal/cli"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// output is a file that counts writes.
type output struct {
	mu     sync.Mutex
	text   strings.Builder
	writes int
	full   bool // as a disk
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

func newTextHandler(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) }

func open(t *testing.T) (*slog.Logger, *cli.LogBuffer, *output) {
	t.Helper()
	w := &output{}
	b := cli.NewLogBuffer(w, newTextHandler)
	t.Cleanup(b.Close)
	return b.Logger().With("key", "value"), b, w
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
	synctest.Test(t, func(t *testing.T) {
		log, _, w := open(t)
		log.Info("before")
		log.Warn("now")
		synctest.Wait() // the clock stands still
		if text, _ := w.read(); !strings.Contains(text, "msg=before") || !strings.HasSuffix(text, "msg=now key=value\n") {
			t.Errorf("written: %q", text)
		}
	})
}

// stalled is an output that stalls until it is closed.
type stalled struct {
	output
	continues chan struct{}
}

func (w *stalled) Write(p []byte) (int, error) {
	<-w.continues
	return w.output.Write(p)
}

func TestOutputThatStallsDelaysNoLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &stalled{continues: make(chan struct{})}
		b := cli.NewLogBuffer(w, newTextHandler)
		log := b.Logger()
		const lines = 30_000 // more than fit
		began := time.Now()
		log.Warn("first")
		synctest.Wait() // until it is being written
		for range lines {
			log.Info("a line of some length, which is repeated many times")
		}
		log.Error("last")
		if took := time.Since(began); took != 0 {
			t.Errorf("the lines took %v", took)
		}
		dropped := b.Dropped()
		if dropped == 0 || dropped > lines {
			t.Fatalf("%d lines were dropped", dropped)
		}
		if b.Flush(); time.Since(began) != time.Second {
			t.Errorf("a flush took %v", time.Since(began))
		}

		close(w.continues)
		b.Flush()
		log.Info("after")
		b.Close()
		text, _ := w.read()
		const others = 4 // first, last, report and after
		if kept := strings.Count(text, "\n"); len(text) < cli.MaxBuffered*9/10 || len(text) > cli.MaxBuffered*11/10 || uint64(kept)+dropped != lines+others {
			t.Errorf("%d bytes, %d lines were written and %d dropped", len(text), kept, dropped)
		}
		const report = "level=ERROR msg=\"log lines were dropped, because the output of the log stalled or failed\" lines="
		if strings.Count(text, report) != 1 || !strings.Contains(text, fmt.Sprintf("%s%d\n", report, dropped)) || !strings.HasSuffix(text, "msg=after\n") {
			t.Errorf("%d dropped, the text ends with %s", dropped, text[len(text)-500:])
		}
	})
}

func TestCloseWritesEveryLine(t *testing.T) {
	t.Parallel()
	w := &output{}
	b := cli.NewLogBuffer(w, newTextHandler)
	log := b.Logger()
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			for range 1000 {
				log.Info("line")
			}
		})
	}
	writers.Wait()
	b.Close()
	if text, _ := w.read(); strings.Count(text, "msg=line\n") != 8000 {
		t.Errorf("%d of 8000 lines", strings.Count(text, "msg=line\n"))
	}
}

func TestLogContinuesAfterTheDiskWasFull(t *testing.T) {
	t.Parallel()
	log, b, w := open(t)
	w.setFull(true)
	log.Warn("lost")
	b.Flush()
	log.Warn("lost too")
	b.Flush()
	w.setFull(false)
	log.Warn("kept")
	b.Flush()
	text, _ := w.read()
	if strings.Contains(text, "msg=lost") || !strings.Contains(text, "msg=kept") || !strings.HasSuffix(text, " lines=2\n") || b.Dropped() != 2 {
		t.Errorf("%d dropped, written: %q", b.Dropped(), text)
	}
}
