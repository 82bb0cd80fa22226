package cli

import (
	"context"
	"io"
	"log/slog"
	"time"

	"go.uber.org/zap/zapcore"
)

const (
	// flushInterval limits how long a line stays in the buffer. A process that is
	// killed loses lines of this time below the level WARN.
	flushInterval = 100 * time.Millisecond
	bufferSize    = 64 << 10
)

// LogBuffer buffers log lines. A system call for each line would cost a tenth of a
// request. It is safe for concurrent use.
type LogBuffer struct{ lines *zapcore.BufferedWriteSyncer }

// NewLogBuffer returns a LogBuffer that writes to w. The caller closes it.
func NewLogBuffer(w io.Writer) *LogBuffer {
	return &LogBuffer{&zapcore.BufferedWriteSyncer{WS: output{w}, Size: bufferSize, FlushInterval: flushInterval}}
}

// output is the destination of the lines.
type output struct{ io.Writer }

// Write always reports success. The buffer would keep an error and write nothing
// more, even when a full disk has space again.
func (o output) Write(lines []byte) (int, error) {
	_, _ = o.Writer.Write(lines)
	return len(lines), nil
}

// Sync does nothing, because a sync of the file would block every line and its
// request. The operating system writes the file to the disk.
func (output) Sync() error { return nil }

// Write buffers one or more whole lines.
func (b *LogBuffer) Write(lines []byte) (int, error) { return b.lines.Write(lines) }

// Close flushes the buffer.
func (b *LogBuffer) Close() error { return b.lines.Stop() }

// Handler wraps a handler that writes to b. It flushes b after each warning and
// error.
func (b *LogBuffer) Handler(h slog.Handler) slog.Handler { return logBufferHandler{h, b.lines} }

type logBufferHandler struct {
	slog.Handler
	lines *zapcore.BufferedWriteSyncer
}

func (h logBufferHandler) Handle(ctx context.Context, record slog.Record) error {
	err := h.Handler.Handle(ctx, record)
	if err == nil && record.Level >= slog.LevelWarn {
		return h.lines.Sync()
	}
	return err
}

func (h logBufferHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logBufferHandler{h.Handler.WithAttrs(attrs), h.lines}
}

func (h logBufferHandler) WithGroup(name string) slog.Handler {
	return logBufferHandler{h.Handler.WithGroup(name), h.lines}
}
