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

// written is what came out, and in how many pieces.
type written struct {
	mu     sync.Mutex
	text   strings.Builder
	pieces int
	full   bool // like a disk
	synced bool // like a file
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.full {
		return 0, errors.New("no space left")
	}
	w.pieces++
	return w.text.Write(p)
}

func (w *written) Sync() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.synced = true
	return nil
}

func (w *written) setFull(full bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.full = full
}

func (w *written) read() (text string, pieces int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String(), w.pieces
}

func open(t *testing.T) (*slog.Logger, *cli.LogBuffer, *written) {
	t.Helper()
	w := &written{}
	b := cli.NewLogBuffer(w)
	t.Cleanup(func() { _ = b.Close() })
	return slog.New(b.Handler(slog.NewTextHandler(b, nil))).With("key", "value"), b, w
}

func TestLinesOfOneMomentAreWrittenTogetherAndSoon(t *testing.T) {
	t.Parallel()
	log, _, w := open(t)
	began := time.Now()
	for range 100 {
		log.Info("line")
	}
	for deadline := time.Now().Add(testtime.MaxWait); ; time.Sleep(time.Millisecond) {
		text, pieces := w.read()
		if strings.Count(text, "msg=line key=value\n") == 100 {
			took := time.Since(began)
			if pieces > 2+int(took/(100*time.Millisecond)) { // one each 100 ms
				t.Errorf("in %d pieces within %v", pieces, took)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("written: %q", text)
		}
	}
}

func TestAWarningIsWrittenAtOnceWithWhatCameBefore(t *testing.T) {
	t.Parallel()
	log, _, w := open(t)
	log.Info("before")
	log.Warn("now")
	if text, _ := w.read(); !strings.Contains(text, "msg=before") || !strings.HasSuffix(text, "msg=now key=value\n") {
		t.Errorf("written: %q", text)
	}
}

func TestTheEndLosesNothing(t *testing.T) {
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

func TestNoRequestWaitsForTheDisk(t *testing.T) {
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

func TestTheLogGoesOnWhenTheDiskHasRoomAgain(t *testing.T) {
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
