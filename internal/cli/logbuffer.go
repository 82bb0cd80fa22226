package cli

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// flushInterval limits how long a line stays in the buffer. A process that is
	// killed loses lines of this time below the level WARN.
	flushInterval = 100 * time.Millisecond
	// flushSize is the size at which the buffer is written before the interval ends.
	flushSize = 64 << 10
	// maxBuffered is the size above which lines are dropped: two to three seconds of
	// requests at full load.
	maxBuffered = 1 << 20
	// outputTimeout limits how long the process waits for an output that stalls.
	outputTimeout = time.Second
)

// LogBuffer writes log lines in the background, several with one system call, so that
// no caller waits for the output. It drops and counts the lines that exceed its size
// while the output stalls, and those that the output rejects. It is safe for
// concurrent use.
type LogBuffer struct {
	output  io.Writer
	handler slog.Handler // writes to the buffer
	direct  slog.Handler // writes to output

	mu      sync.Mutex
	pending []byte

	writing  chan struct{} // has an element while the output is written
	spare    []byte        // reused for pending
	reported uint64        // the dropped lines that were reported

	dropped atomic.Uint64 // lines
	wake    chan struct{}
	closed  chan struct{}
}

// NewLogBuffer returns a LogBuffer that writes to output what newHandler formats. The
// caller closes it once.
func NewLogBuffer(output io.Writer, newHandler func(io.Writer) slog.Handler) *LogBuffer {
	b := &LogBuffer{output: output, writing: make(chan struct{}, 1), wake: make(chan struct{}, 1), closed: make(chan struct{})}
	b.handler, b.direct = newHandler(lineWriter{b}), newHandler(output)
	go b.run()
	return b
}

// Logger returns a logger that writes to the buffer.
func (b *LogBuffer) Logger() *slog.Logger { return slog.New(logBufferHandler{b.handler, b}) }

// Dropped returns the number of lines that were dropped.
func (b *LogBuffer) Dropped() uint64 { return b.dropped.Load() }

// Flush waits up to a second until the lines in the buffer are written.
func (b *LogBuffer) Flush() { awaitOutput(b.write) }

// Close flushes the buffer. Later lines are not written.
func (b *LogBuffer) Close() {
	b.Flush()
	close(b.closed)
}

// run writes the lines until the buffer is closed.
func (b *LogBuffer) run() {
	ticker := time.NewTicker(flushInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-b.wake:
		case <-b.closed:
			return
		}
		b.write()
	}
}

// write writes the pending lines and, when the output accepts any, the number of lines
// that were dropped since the last report.
func (b *LogBuffer) write() {
	b.writing <- struct{}{}
	defer func() { <-b.writing }()
	b.mu.Lock()
	lines := b.pending
	b.pending = b.spare[:0]
	b.mu.Unlock()
	b.spare = lines
	if len(lines) == 0 {
		return
	}
	n, _ := b.output.Write(lines)
	b.drop(lines[n:])
	if dropped := b.Dropped(); n > 0 && dropped > b.reported && b.report(dropped-b.reported) == nil {
		b.reported = dropped
	}
}

// drop counts lines.
func (b *LogBuffer) drop(lines []byte) { b.dropped.Add(uint64(bytes.Count(lines, []byte("\n")))) }

// report writes the number of lines that were dropped.
func (b *LogBuffer) report(dropped uint64) error {
	record := slog.NewRecord(time.Now(), slog.LevelError, "log lines were dropped, because the output of the log stalled or failed", 0)
	record.AddAttrs(slog.Uint64("lines", dropped))
	return b.direct.Handle(context.Background(), record)
}

// lineWriter appends whole lines to a buffer.
type lineWriter struct{ b *LogBuffer }

func (w lineWriter) Write(lines []byte) (int, error) {
	w.b.mu.Lock()
	fits := len(w.b.pending)+len(lines) <= maxBuffered
	if fits {
		w.b.pending = append(w.b.pending, lines...)
	}
	full := len(w.b.pending) >= flushSize
	w.b.mu.Unlock()
	if !fits {
		w.b.drop(lines)
	}
	if full {
		w.b.flushSoon()
	}
	return len(lines), nil
}

// flushSoon starts a flush without waiting for it.
func (b *LogBuffer) flushSoon() {
	select {
	case b.wake <- struct{}{}:
	default: // a flush is due
	}
}

// logBufferHandler flushes the buffer soon after each warning and error.
type logBufferHandler struct {
	slog.Handler
	b *LogBuffer
}

func (h logBufferHandler) Handle(ctx context.Context, record slog.Record) error {
	err := h.Handler.Handle(ctx, record)
	if record.Level >= slog.LevelWarn {
		h.b.flushSoon()
	}
	return err
}

func (h logBufferHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logBufferHandler{h.Handler.WithAttrs(attrs), h.b}
}

func (h logBufferHandler) WithGroup(name string) slog.Handler {
	return logBufferHandler{h.Handler.WithGroup(name), h.b}
}
