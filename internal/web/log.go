package web

import (
	"context"
	"log/slog"

	"github.com/stay-sidekick/profile-server/internal/auth"
)

// LogRequestID returns a logger that adds the attribute requestId to every record
// that is logged with the context of a request.
func LogRequestID(log *slog.Logger) *slog.Logger { return slog.New(requestIDHandler{log.Handler()}) }

type requestIDHandler struct{ slog.Handler }

func (h requestIDHandler) Handle(ctx context.Context, record slog.Record) error {
	if id := auth.RequestID(ctx); id != "" {
		record.AddAttrs(slog.String("requestId", id))
	}
	return h.Handler.Handle(ctx, record)
}

func (h requestIDHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestIDHandler{h.Handler.WithAttrs(attrs)}
}

func (h requestIDHandler) WithGroup(name string) slog.Handler {
	return requestIDHandler{h.Handler.WithGroup(name)}
}
