package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// profileDuration is the profiled time for each kind of request.
const profileDuration = 8 * time.Second

// writeProfile writes a CPU profile of the server under load, with one kind of
// request after another. The compiler optimizes the server with this profile.
func writeProfile(ctx context.Context, file string) (err error) {
	e, err := newEnvironment(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	v, err := e.server(ctx, ours, defaultCompanies)
	if err != nil {
		return err
	}
	merge := []string{"tool", "pprof", "-proto", "-output", file}
	for i, r := range []func() request{fixed(me), fixed(profile), fixed(integrations), fixed(screen), saveNow} {
		part := filepath.Join(e.dir, fmt.Sprintf("profile-%d", i))
		load := throughput{server: v, request: r, connections: defaultConnections}
		if err := load.profile(ctx, part); err != nil {
			return err
		}
		merge = append(merge, part)
	}
	if output, err := exec.CommandContext(ctx, "go", merge...).CombinedOutput(); err != nil {
		return fmt.Errorf("go tool pprof: %w\n%s", err, output)
	}
	return nil
}

func fixed(r request) func() request { return func() request { return r } }

// profile writes the CPU profile of the server under load.
func (m *throughput) profile(ctx context.Context, file string) error {
	logProgress("profiling %s", m.request().path)
	if err := m.warm(ctx); err != nil {
		return err
	}
	fetched := make(chan error, 1)
	go func() { fetched <- m.server.fetchProfile(ctx, file) }()
	_, err := m.run(ctx, profileDuration+time.Second)
	return errors.Join(err, <-fetched)
}

func (v *server) fetchProfile(ctx context.Context, file string) error {
	url := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%.0f", v.admin, profileDuration.Seconds())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s, %w", url, response.Status, err)
	}
	return os.WriteFile(file, text, 0o600)
}
