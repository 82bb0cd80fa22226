package web

import (
	"net/http"
	"net/http/pprof"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/connection"
)

// Metrics holds the metrics of the server. No label contains text that a client
// sent.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	errors   *prometheus.CounterVec
	signIns  *prometheus.CounterVec
	// checks counts all connection checks, checkDurations only those that asked.
	checks         *prometheus.CounterVec
	checkDurations *prometheus.HistogramVec
}

// NewMetrics registers the metrics. Every counter starts at 0, so that a rate includes
// its first increment.
func NewMetrics(pool *pgxpool.Pool) *Metrics {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	register := promauto.With(registry)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return register.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	gauge := func(name, help string, read func(*pgxpool.Stat) float64) {
		register.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return read(pool.Stat()) })
	}
	m := &Metrics{
		registry: registry,
		requests: register.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "http_request_duration_seconds",
			Help:    "Duration of requests, by route, method and status.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route", "method", "status"}),
		errors: counter("graphql_errors_total",
			"Errors in the responses of GraphQL operations, by code. REST routes run as operations and are included.", "code"),
		signIns: counter("sign_in_attempts_total",
			"Sign-ins by result: succeeded, refused, rate_limited or overloaded (the password was not checked), error.", "result"),
		checks: counter("connection_checks_total",
			"Checks of API keys by provider, or other for one that cannot be asked, and status.", "provider", "status"),
		checkDurations: register.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "connection_check_duration_seconds",
			Help:    "Duration of the checks of API keys that sent a request, by provider.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"provider"}),
	}
	gauge("db_pool_connections", "Open connections to the database.",
		func(s *pgxpool.Stat) float64 { return float64(s.TotalConns()) })
	gauge("db_pool_connections_acquired", "Connections to the database that are in use.",
		func(s *pgxpool.Stat) float64 { return float64(s.AcquiredConns()) })
	gauge("db_pool_connections_max", "The maximum number of connections of the pool.",
		func(s *pgxpool.Stat) float64 { return float64(s.MaxConns()) })
	gauge("db_pool_wait_seconds", "Total time that requests have waited for a connection.",
		func(s *pgxpool.Stat) float64 { return s.AcquireDuration().Seconds() })
	for _, code := range apperr.Codes() {
		m.errors.WithLabelValues(string(code))
	}
	for _, result := range account.SignInResults() {
		m.signIns.WithLabelValues(string(result))
	}
	for _, provider := range connection.Providers() {
		m.checkDurations.WithLabelValues(provider)
	}
	for _, provider := range append(connection.Providers(), connection.OtherProvider) {
		for _, status := range connection.Statuses() {
			m.checks.WithLabelValues(provider, string(status))
		}
	}
	return m
}

// CountError counts an error in the response of an operation.
func (m *Metrics) CountError(code apperr.Code) { m.errors.WithLabelValues(string(code)).Inc() }

// CountSignIn counts a sign-in.
func (m *Metrics) CountSignIn(result account.SignInResult) {
	m.signIns.WithLabelValues(string(result)).Inc()
}

// CountConnectionCheck counts a check of a provider, which is one of
// connection.Providers or connection.OtherProvider.
func (m *Metrics) CountConnectionCheck(provider string, check connection.Check) {
	m.checks.WithLabelValues(provider, string(check.Status)).Inc()
	if check.Duration > 0 {
		m.checkDurations.WithLabelValues(provider).Observe(check.Duration.Seconds())
	}
}

// CountDroppedLogLines adds the number of log lines that were dropped.
func (m *Metrics) CountDroppedLogLines(read func() uint64) {
	promauto.With(m.registry).NewCounterFunc(prometheus.CounterOpts{
		Name: "log_lines_dropped_total",
		Help: "Lines of the log that were dropped, because its output stalled or failed.",
	}, func() float64 { return float64(read()) })
}

// Handler serves /metrics in the Prometheus text format, and profiles of the
// process below /debug/pprof/, which contain stacks and counts but no data.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}
