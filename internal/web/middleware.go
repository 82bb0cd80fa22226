package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/stay-sidekick/profile-server/internal/auth"
)

// observe writes a log line for each answer and measures it. Of the address
// only the route is told: a query string can hold an operation with secrets.
func observe(log *slog.Logger, metrics *Metrics) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			answer := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
			defer func() {
				took := time.Since(start)
				route, method, status := routeName(r), methodName(r.Method), statusOf(r, answer)
				metrics.requests.WithLabelValues(route, method, strconv.Itoa(status)).Observe(took.Seconds())
				log.LogAttrs(r.Context(), levelOf(route, status), "request",
					slog.String("method", method),
					slog.String("route", route),
					slog.Int("status", status),
					slog.Int("bytes", answer.BytesWritten()),
					slog.Float64("durationMs", float64(took.Microseconds())/1000),
					slog.String("client", auth.SeenAddress(r.Context()).String()))
			}()
			next.ServeHTTP(answer, r)
		})
	}
}

// levelOf keeps the questions of load balancers, every few seconds, out of the
// usual log while all is well.
func levelOf(route string, status int) slog.Level {
	if status == http.StatusOK && (route == "/healthz" || route == "/readyz") {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// routeName is the pattern that matched, never what the client wrote.
func routeName(r *http.Request) string {
	if pattern := chi.RouteContext(r.Context()).RoutePattern(); pattern != "" {
		return pattern
	}
	return "none"
}

const otherMethod = "other"

// methodName keeps invented methods out of logs and metrics.
func methodName(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions, http.MethodConnect, http.MethodTrace:
		return method
	}
	return otherMethod
}

// routeOtherMethods lets a method that chi does not know find its route, as one
// that no route takes: each says itself which methods it does.
func routeOtherMethods(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if methodName(r.Method) == otherMethod {
			chi.RouteContext(r.Context()).RouteMethod = http.MethodTrace
		}
		next.ServeHTTP(w, r)
	})
}

// clientGone stands for the status of an answer that nobody waited for, so that
// clients who leave do not look like faults of the server.
const clientGone = 499

func statusOf(r *http.Request, w middleware.WrapResponseWriter) int {
	status := w.Status()
	gone := errors.Is(r.Context().Err(), context.Canceled)
	switch {
	case gone && (status == 0 || status >= http.StatusInternalServerError):
		return clientGone
	case status == 0:
		return http.StatusOK
	}
	return status
}

// recoverer answers a panic that nothing below caught, and logs it. Where an
// answer has begun, as observe's writer tells, the connection is cut: half of
// one must not look whole.
func recoverer(log *slog.Logger) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				panicked := recover()
				if panicked == nil {
					return
				}
				if panicked == http.ErrAbortHandler {
					panic(panicked)
				}
				log.ErrorContext(r.Context(), "panic", "panic", fmt.Sprint(panicked), "stack", string(debug.Stack()))
				if answer, ok := w.(middleware.WrapResponseWriter); ok && answer.Status() != 0 {
					panic(http.ErrAbortHandler)
				}
				answerInternalError(w, r, auth.RequestID(r.Context()))
			}()
			next.ServeHTTP(w, r)
		})
	}
}

// secureHeaders are right for every answer; a handler may replace them.
var secureHeaders = http.Header{
	"X-Content-Type-Options":  {"nosniff"},
	"Cache-Control":           {"no-store"},
	"Referrer-Policy":         {"no-referrer"},
	"Content-Security-Policy": {"default-src 'none'; frame-ancestors 'none'"},
}

// secure sets secureHeaders. All answers share the values, which nobody changes
// in place.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), secureHeaders)
		next.ServeHTTP(w, r)
	})
}
