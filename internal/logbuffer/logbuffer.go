// Package logbuffer writes a log in fewer, larger pieces: a system call for each
// request's line is a tenth of what the request costs.
package logbuffer

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

// Buffer gathers what is written. It is safe for concurrent use.
type Buffer struct{ lines *zapcore.BufferedWriteSyncer }

// New makes a Buffer before w. The caller closes it.
func New(w io.Writer) *Buffer {
	return &Buffer{&zapcore.BufferedWriteSyncer{WS: output{w}, Size: size, FlushInterval: delay}}
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
func (b *Buffer) Write(lines []byte) (int, error) { return b.lines.Write(lines) }

// Close writes what is left.
func (b *Buffer) Close() error { return b.lines.Stop() }

// Handler makes a handler that writes into b pass on warnings and errors at once,
// with everything before them.
func (b *Buffer) Handler(h slog.Handler) slog.Handler { return handler{h, b.lines} }

type handler struct {
	slog.Handler
	lines *zapcore.BufferedWriteSyncer
}

func (h handler) Handle(ctx context.Context, record slog.Record) error {
	err := h.Handler.Handle(ctx, record)
	if err == nil && record.Level >= slog.LevelWarn {
		return h.lines.Sync()
	}
	return err
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs), h.lines}
}

func (h handler) WithGroup(name string) slog.Handler {
	return handler{h.Handler.WithGroup(name), h.lines}
}
