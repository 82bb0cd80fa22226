package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// defaultCompanies is the number of companies in the tables, except in the row
// that compares different numbers.
const defaultCompanies = 1000

// environment holds PostgreSQL, the databases and the candidates of a run. It
// starts each of them on first use.
type environment struct {
	dir       string // contains binaries, logs and the files of load generators
	postgres  *testdb.Postgres
	databases map[int]*database
	servers   map[string]*server
	programs  map[string]string
}

func newEnvironment(ctx context.Context) (*environment, error) {
	dir, err := os.MkdirTemp("", "profile-bench-")
	if err != nil {
		return nil, err
	}
	e := &environment{dir: dir, databases: map[int]*database{}, servers: map[string]*server{}, programs: map[string]string{}}
	e.postgres, err = testdb.StartPostgres(ctx, "/tmp", nil) // durable, as in production
	if err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

func (e *environment) close() error {
	for _, running := range e.servers {
		running.stop()
	}
	var err error
	if e.postgres != nil {
		err = e.postgres.Stop()
	}
	return errors.Join(err, os.RemoveAll(e.dir))
}

func (e *environment) database(ctx context.Context, companies int) (*database, error) {
	if d, made := e.databases[companies]; made {
		return d, nil
	}
	logProgress("filling a database with %d companies", companies)
	d, err := e.newDatabase(ctx, companies)
	e.databases[companies] = d
	return d, err
}

// server returns a candidate that runs on a database with the given number of
// companies. It starts the candidate on first use and does not wait until it
// serves.
func (e *environment) server(ctx context.Context, c candidate, companies int) (*server, error) {
	key := fmt.Sprint(c.name, companies)
	if running, started := e.servers[key]; started {
		return running, nil
	}
	running, err := e.start(ctx, c, companies)
	if err == nil {
		e.servers[key] = running
	}
	return running, err
}

// program builds the Go program in dir and returns its path.
func (e *environment) program(ctx context.Context, name, dir string) (string, error) {
	if file, built := e.programs[name]; built {
		return file, nil
	}
	logProgress("building %s", name)
	file := filepath.Join(e.dir, name)
	build := exec.CommandContext(ctx, "go", "-C", dir, "build", "-trimpath", "-o", file, ".")
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build in %s: %w\n%s", dir, err, output)
	}
	e.programs[name] = file
	return file, nil
}
