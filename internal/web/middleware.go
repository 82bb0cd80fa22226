package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
)

// observe logs and measures each response. It records the route and never the
// URL, because a query string can contain an operation with secrets.
func observe(log *slog.Logger, metrics *Metrics) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			response := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
			defer func() {
				took := time.Since(start)
				route, method, status := routeName(r), methodName(r.Method), responseStatus(r, response)
				metrics.requests.WithLabelValues(route, method, strconv.Itoa(status)).Observe(took.Seconds())
				log.LogAttrs(r.Context(), levelOf(route, status), "request",
					slog.String("method", method),
					slog.String("route", route),
					slog.Int("status", status),
					slog.Int("bytes", response.BytesWritten()),
					slog.Float64("durationMs", float64(took.Microseconds())/1000),
					slog.String("client", auth.RecordedAddress(r.Context()).String()))
			}()
			next.ServeHTTP(response, r)
		})
	}
}

// levelOf logs successful health checks, which load balancers send every few
// seconds, at level debug.
func levelOf(route string, status int) slog.Level {
	if status == http.StatusOK && (route == "/healthz" || route == "/readyz") {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// routeName returns the pattern of the route, or "none". It never contains the
// path of the request.
func routeName(r *http.Request) string {
	if pattern := chi.RouteContext(r.Context()).RoutePattern(); pattern != "" {
		return pattern
	}
	return "none"
}

const otherMethod = "other"

// methodName maps unknown methods to "other", to keep them out of logs and
// metrics.
func methodName(method string) string {
	if slices.Contains(methods, method) || method == http.MethodOptions || method == http.MethodConnect || method == http.MethodTrace {
		return method
	}
	return otherMethod
}

// routeOtherMethods routes methods that chi does not know as TRACE, which no route
// supports, so that each route responds with its own Allow header and an unknown
// path with 404.
func routeOtherMethods(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if methodName(r.Method) == otherMethod {
			chi.RouteContext(r.Context()).RouteMethod = http.MethodTrace
		}
		next.ServeHTTP(w, r)
	})
}

// statusClientClosedRequest is logged when the client disconnected before the
// response, so that it does not count as an error of the server.
const statusClientClosedRequest = 499

func responseStatus(r *http.Request, w middleware.WrapResponseWriter) int {
	status := w.Status()
	disconnected := errors.Is(r.Context().Err(), context.Canceled)
	switch {
	case disconnected && (status == 0 || status >= http.StatusInternalServerError):
		return statusClientClosedRequest
	case status == 0:
		return http.StatusOK
	}
	return status
}

// recoverer logs a panic and responds with an internal error. When the response
// has already begun, it aborts the connection instead, so that a partial response
// does not look complete. It needs the response writer of observe.
func recoverer(log *slog.Logger) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				panicked := recover()
				switch panicked {
				case nil:
					return
				case http.ErrAbortHandler:
					panic(panicked)
				}
				log.ErrorContext(r.Context(), "panic", "panic", fmt.Sprint(panicked), "stack", string(debug.Stack()))
				if response, ok := w.(middleware.WrapResponseWriter); ok && response.Status() != 0 {
					panic(http.ErrAbortHandler)
				}
				err := apperr.New(apperr.Internal, apperr.InternalErrorID, auth.RequestID(r.Context()))
				errorResponse{http.StatusInternalServerError, err}.ServeHTTP(w, r)
			}()
			next.ServeHTTP(w, r)
		})
	}
}

// secureHeaders are the security headers of every response. A handler may replace
// them.
var secureHeaders = http.Header{
	"X-Content-Type-Options":  {"nosniff"},
	"Cache-Control":           {"no-store"},
	"Referrer-Policy":         {"no-referrer"},
	"Content-Security-Policy": {"default-src 'none'; frame-ancestors 'none'"},
}

// secure sets secureHeaders. All responses share the slices of values, which no
// handler may modify.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), secureHeaders)
		next.ServeHTTP(w, r)
	})
}
