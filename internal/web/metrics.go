package web

import (
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts what the server does. No label ever holds what a client sent.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
}

// NewMetrics makes metrics of the process, the pool and the requests.
func NewMetrics(pool *pgxpool.Pool) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "http_request_duration_seconds",
			Help:    "Time to answer a request, by route, method and status.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route", "method", "status"}),
	}
	m.registry.MustRegister(m.requests, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for name, gauge := range poolGauges(pool) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: gauge.help}, gauge.read))
	}
	return m
}

type gauge struct {
	help string
	read func() float64
}

func poolGauges(pool *pgxpool.Pool) map[string]gauge {
	return map[string]gauge{
		"db_pool_connections":          {"Open connections to the database.", func() float64 { return float64(pool.Stat().TotalConns()) }},
		"db_pool_connections_acquired": {"Connections in use.", func() float64 { return float64(pool.Stat().AcquiredConns()) }},
		"db_pool_connections_max":      {"The most connections that the pool opens.", func() float64 { return float64(pool.Stat().MaxConns()) }},
		"db_pool_wait_seconds":         {"Time that requests have waited for a connection, in total.", func() float64 { return pool.Stat().AcquireDuration().Seconds() }},
	}
}

// Handler answers /metrics in the Prometheus text format.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}
