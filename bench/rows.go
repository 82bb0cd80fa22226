package main

import (
	"fmt"
	"strings"
)

// row is a row of the table: it compares a subject with another subject or
// with a bound.
type row struct {
	name    string // for the flag -only
	what    string
	of      string // the name of a subject
	against string // the name of another subject, empty for none
	goal    goal
}

// goal is a bound for the ratio or the sample; the zero value is no goal.
type goal struct {
	bound  float64
	atMost bool // else at least
}

func atLeast(bound float64) goal { return goal{bound: bound} }
func atMost(bound float64) goal  { return goal{bound: bound, atMost: true} }

func (g goal) met(value float64) bool {
	if g.atMost {
		return value <= g.bound
	}
	return value >= g.bound
}

var rows = []row{
	{"me", "`me`, 16 connections, against the bare handler", "me", "bare handler", atLeast(1.1)},
	{"me64", "`me`, 64 connections, against the bare handler", "me, 64 connections", "bare handler, 64 connections", atLeast(1.35)},
	{"mercurius", "`me` against Mercurius", "me", "Mercurius", atLeast(1.5)},
	{"postgraphile", "`me` against PostGraphile", "me", "PostGraphile", goal{}},
	{"rest", "`GET /api/perfil` against `me`", "GET /api/perfil", "me", atLeast(0.85)},
	{"screen", "the whole profile screen in one query, against the bare handler's single read", "profile screen", "bare handler", atLeast(0.5)},
	{"integrations", "`GET /api/perfil/integraciones` against the bare handler's single read", "GET /api/perfil/integraciones", "bare handler", atLeast(0.65)},
	{"save", "saving a configuration, 16 connections, against `pgbench` with the same statements", "saving", "pgbench", atLeast(0.35)},
	{"guess", "p99 of `me` at half load while 50 clients guess passwords, against without them", "me at half load, guessers", "me at half load", atMost(5)},
	{"memory", "most memory resident under full load, 64 connections", "memory", "", atMost(64)},
	{"start", "start to first response, on a migrated database", "start", "", atMost(250)},
	{"companies", "`me` with 100,000 companies in the tables, against 1", "me, 100,000 companies", "me, 1 company", atLeast(0.8)},
	{"fields", "`me` once, against ten times in one query: times as many responses", "me, one field", "me, ten fields", atMost(manyFields)},
}

// selectRows returns the rows in a comma-separated list of names, all rows when it
// is empty.
func selectRows(only string) ([]row, error) {
	if only == "" {
		return rows, nil
	}
	var chosen []row
	for name := range strings.SplitSeq(only, ",") {
		before := len(chosen)
		for _, r := range rows {
			if r.name == name {
				chosen = append(chosen, r)
			}
		}
		if len(chosen) == before {
			return nil, fmt.Errorf("no row %q; the rows are: %s", name, rowNames())
		}
	}
	return chosen, nil
}

func rowNames() string {
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = r.name
	}
	return strings.Join(names, ", ")
}

// needs reports whether one of the rows uses a subject.
func needs(chosen []row, subject string) bool {
	for _, r := range chosen {
		if r.of == subject || r.against == subject {
			return true
		}
	}
	return false
}
