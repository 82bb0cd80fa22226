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

// profiledFor is how long each kind of request is looked at.
const profiledFor = 8 * time.Second

// writeProfile writes where the server spends its time while it answers each
// kind of request in turn: the compiler optimises for what is in that file.
func writeProfile(ctx context.Context, file string) (err error) {
	s, err := newStage(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	v, err := s.server(ctx, ours, usualCompanies)
	if err != nil {
		return err
	}
	merge := []string{"tool", "pprof", "-proto", "-output", file}
	for i, r := range []func() request{always(me), always(profile), always(integrations), always(screen), saveNow} {
		part := filepath.Join(s.dir, fmt.Sprintf("profile-%d", i))
		load := throughput{server: v, request: r, connections: usualConnections}
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

func always(r request) func() request { return func() request { return r } }

// profile loads the server and writes its processor profile of that time.
func (m *throughput) profile(ctx context.Context, file string) error {
	progress("profiling %s", m.request().path)
	if err := m.warm(ctx); err != nil {
		return err
	}
	fetched := make(chan error, 1)
	go func() { fetched <- m.server.fetchProfile(ctx, file) }()
	_, err := m.run(ctx, profiledFor+time.Second)
	return errors.Join(err, <-fetched)
}

func (v *server) fetchProfile(ctx context.Context, file string) error {
	url := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%.0f", v.admin, profiledFor.Seconds())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s, %w", url, answer.Status, err)
	}
	return os.WriteFile(file, text, 0o600)
}
