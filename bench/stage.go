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

// usualCompanies are in the tables unless a row is about their number.
const usualCompanies = 1000

// stage is everything that runs while it is measured. It starts what a row
// needs when the first one asks.
type stage struct {
	dir       string // of programs, logs and the files of load generators
	postgres  *testdb.Postgres
	databases map[int]*database
	servers   map[string]*server
	programs  map[string]string
}

func newStage(ctx context.Context) (*stage, error) {
	dir, err := os.MkdirTemp("", "profile-bench-")
	if err != nil {
		return nil, err
	}
	s := &stage{dir: dir, databases: map[int]*database{}, servers: map[string]*server{}, programs: map[string]string{}}
	s.postgres, err = testdb.StartPostgres(ctx, "/tmp", nil) // as in production: what is committed is on disk
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *stage) close() error {
	for _, running := range s.servers {
		running.stop()
	}
	var err error
	if s.postgres != nil {
		err = s.postgres.Stop()
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

func (s *stage) database(ctx context.Context, companies int) (*database, error) {
	if d, made := s.databases[companies]; made {
		return d, nil
	}
	progress("filling a database with %d companies", companies)
	d, err := s.newDatabase(ctx, companies)
	s.databases[companies] = d
	return d, err
}

// server is the running candidate of that name on a database with so many
// companies.
func (s *stage) server(ctx context.Context, c candidate, companies int) (*server, error) {
	key := fmt.Sprint(c.name, companies)
	if running, started := s.servers[key]; started {
		return running, nil
	}
	running, err := s.start(ctx, c, companies)
	if err == nil {
		s.servers[key] = running
	}
	return running, err
}

// program builds a Go program of this module, or of the tools' one.
func (s *stage) program(ctx context.Context, name, pkg string, flags ...string) (string, error) {
	if file, built := s.programs[name]; built {
		return file, nil
	}
	progress("building %s", name)
	file := filepath.Join(s.dir, name)
	args := append(append([]string{"build", "-o", file}, flags...), pkg)
	if output, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build %s: %w\n%s", pkg, err, output)
	}
	s.programs[name] = file
	return file, nil
}
