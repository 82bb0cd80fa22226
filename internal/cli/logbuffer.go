// Package logbuffer writes a log in fewer, larger pieces: a system call for each
// request's line is a tenth of what the request costs.
package cli

import (
	"context"
	"io"
	"log/slog"
	"time"

	"go.uber.org/zap/zapcore"
)

const (
	// delay is how long a line may wait. A process that is killed loses the lines
	// of that time, below the level of a warning.
	delay = 100 * time.Millisecond
	size  = 64 << 10
)

// LogBuffer gathers what is written. It is safe for concurrent use.
type LogBuffer struct{ lines *zapcore.BufferedWriteSyncer }

// NewLogBuffer makes a LogBuffer before w. The caller closes it.
func NewLogBuffer(w io.Writer) *LogBuffer {
	return &LogBuffer{&zapcore.BufferedWriteSyncer{WS: output{w}, Size: size, FlushInterval: delay}}
}

// output is where the lines go in the end.
type output struct{ io.Writer }

// Write reports success whatever happened: the buffer would keep an error for
// good, and write nothing more once a full disk has room again.
func (o output) Write(lines []byte) (int, error) {
	_, _ = o.Writer.Write(lines)
	return len(lines), nil
}

// Sync leaves it to the system when a file gets to the disk: every line waits
// meanwhile, and with it the request.
func (output) Sync() error { return nil }

// Write keeps one or more whole lines for later.
func (b *LogBuffer) Write(lines []byte) (int, error) { return b.lines.Write(lines) }

// Close writes what is left.
func (b *LogBuffer) Close() error { return b.lines.Stop() }

// Handler makes a handler that writes into b pass on warnings and errors at once,
// with everything before them.
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
