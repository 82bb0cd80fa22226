package main

import (
	"context"
	"time"
)

// subject is something to measure.
type subject interface {
	// warm runs the subject until its speed is stable.
	warm(ctx context.Context) error
	// measure returns one sample; duration is that of a load.
	measure(ctx context.Context, duration time.Duration) (float64, error)
}

// namedSubject creates a subject that rows refer to by name.
type namedSubject struct {
	name string
	unit string
	make func(ctx context.Context, e *environment) (subject, error)
}

const (
	defaultConnections = 16
	manyConnections    = 64
	manyCompanies      = 100_000
	manyFields         = 10
)

const (
	perSecond    = "requests/s"
	milliseconds = "ms"
	megabytes    = "MB"
)

// batches returns the subjects of each batch. The subjects of a batch are measured
// in turns, because rows compare them.
func batches() [][]namedSubject {
	pause := new(time.Duration)
	return [][]namedSubject{
		{
			loaded("bare handler", bare, profile, defaultConnections),
			loaded("me", ours, me, defaultConnections),
			loaded("Mercurius", mercurius, me, defaultConnections),
			loaded("PostGraphile", postgraphile, me, defaultConnections),
			loaded("GET /api/perfil", ours, profile, defaultConnections),
			loaded("profile screen", ours, screen, defaultConnections),
			loaded("GET /api/perfil/integraciones", ours, integrations, defaultConnections),
		},
		{
			loaded("bare handler, 64 connections", bare, profile, manyConnections),
			loaded("me, 64 connections", ours, me, manyConnections),
		},
		{
			{"pgbench", "saves/s", func(ctx context.Context, e *environment) (subject, error) {
				d, err := e.database(ctx, defaultCompanies)
				return &pgbench{environment: e, database: d, connections: defaultConnections}, err
			}},
			{"saving", "saves/s", func(ctx context.Context, e *environment) (subject, error) {
				v, err := e.server(ctx, ours, defaultCompanies)
				return &throughput{server: v, request: saveNow, connections: defaultConnections}, err
			}},
		},
		{
			{"me at half load", "ms, p99", halfLoad(pause, 0)},
			{"me at half load, guessers", "ms, p99", halfLoad(pause, guessers)},
		},
		{
			loaded("me, one field", ours, me, defaultConnections),
			loaded("me, ten fields", ours, meTimes(manyFields), defaultConnections),
		},
		{
			loadedOn("me, 1 company", ours, me, defaultConnections, 1),
			loadedOn("me, 100,000 companies", ours, me, defaultConnections, manyCompanies),
		},
		{
			{"start", milliseconds, func(ctx context.Context, e *environment) (subject, error) {
				v, err := e.server(ctx, ours, defaultCompanies)
				return &startup{environment: e, usual: v}, err
			}},
		},
		{
			{"memory", megabytes, func(ctx context.Context, e *environment) (subject, error) {
				v, err := e.server(ctx, ours, defaultCompanies)
				return &memory{environment: e, usual: v, connections: manyConnections}, err
			}},
		},
	}
}

func loaded(name string, c candidate, r request, connections int) namedSubject {
	return loadedOn(name, c, r, connections, defaultCompanies)
}

func loadedOn(name string, c candidate, r request, connections, companies int) namedSubject {
	return namedSubject{name, perSecond, func(ctx context.Context, e *environment) (subject, error) {
		v, err := e.server(ctx, c, companies)
		return &throughput{server: v, request: func() request { return r }, connections: connections}, err
	}}
}

func halfLoad(pause *time.Duration, guessers int) func(context.Context, *environment) (subject, error) {
	return func(ctx context.Context, e *environment) (subject, error) {
		v, err := e.server(ctx, ours, defaultCompanies)
		load := throughput{server: v, request: func() request { return me }, connections: manyConnections}
		return &tailLatency{throughput: load, guessers: guessers, pause: pause}, err
	}
}
