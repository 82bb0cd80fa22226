package main

import (
	"context"
	"time"
)

// subject is something to measure.
type subject interface {
	// warm runs it until it is at its usual speed.
	warm(ctx context.Context) error
	// measure returns one figure of it; long is how long a load lasts.
	measure(ctx context.Context, long time.Duration) (float64, error)
}

// planned is a subject that rows refer to by its name.
type planned struct {
	name string
	unit string
	make func(ctx context.Context, s *stage) (subject, error)
}

const (
	usualConnections = 16
	manyConnections  = 64
	manyCompanies    = 100_000
	manyFields       = 10
)

const (
	perSecond    = "requests/s"
	milliseconds = "ms"
	megabytes    = "MB"
)

// batches are the subjects that take turns in one loop, because rows compare
// them.
func batches() [][]planned {
	pause := new(time.Duration)
	return [][]planned{
		{
			loaded("bare handler", bare, profile, usualConnections),
			loaded("me", ours, me, usualConnections),
			loaded("Mercurius", mercurius, me, usualConnections),
			loaded("PostGraphile", postgraphile, me, usualConnections),
			loaded("GET /api/perfil", ours, profile, usualConnections),
			loaded("profile screen", ours, screen, usualConnections),
			loaded("GET /api/perfil/integraciones", ours, integrations, usualConnections),
		},
		{
			loaded("bare handler, 64 connections", bare, profile, manyConnections),
			loaded("me, 64 connections", ours, me, manyConnections),
		},
		{
			{"pgbench", "saves/s", func(ctx context.Context, s *stage) (subject, error) {
				d, err := s.database(ctx, usualCompanies)
				return &pgbench{stage: s, database: d, connections: usualConnections}, err
			}},
			{"saving", "saves/s", func(ctx context.Context, s *stage) (subject, error) {
				v, err := s.server(ctx, ours, usualCompanies)
				return &throughput{server: v, request: saveNow, connections: usualConnections}, err
			}},
		},
		{
			{"me at half load", "ms, p99", atHalfLoad(pause, 0)},
			{"me at half load, guessers", "ms, p99", atHalfLoad(pause, guessers)},
		},
		{
			loaded("me, one field", ours, me, usualConnections),
			loaded("me, ten fields", ours, meTimes(manyFields), usualConnections),
		},
		{
			loadedOn("me, 1 company", ours, me, usualConnections, 1),
			loadedOn("me, 100,000 companies", ours, me, usualConnections, manyCompanies),
		},
		{
			{"start", milliseconds, func(ctx context.Context, s *stage) (subject, error) {
				v, err := s.server(ctx, ours, usualCompanies)
				return &starting{stage: s, usual: v}, err
			}},
		},
		{
			{"memory", megabytes, func(ctx context.Context, s *stage) (subject, error) {
				v, err := s.server(ctx, ours, usualCompanies)
				return &memory{stage: s, usual: v, connections: manyConnections}, err
			}},
		},
	}
}

func loaded(name string, c candidate, r request, connections int) planned {
	return loadedOn(name, c, r, connections, usualCompanies)
}

func loadedOn(name string, c candidate, r request, connections, companies int) planned {
	return planned{name, perSecond, func(ctx context.Context, s *stage) (subject, error) {
		v, err := s.server(ctx, c, companies)
		return &throughput{server: v, request: func() request { return r }, connections: connections}, err
	}}
}

func atHalfLoad(pause *time.Duration, guessers int) func(context.Context, *stage) (subject, error) {
	return func(ctx context.Context, s *stage) (subject, error) {
		v, err := s.server(ctx, ours, usualCompanies)
		load := throughput{server: v, request: func() request { return me }, connections: manyConnections}
		return &slowest{throughput: load, guessers: guessers, pause: pause}, err
	}
}
