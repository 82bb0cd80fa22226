// The profile server of Stay Sidekick is a GraphQL API with a REST shim for clients
// of its predecessor. README.md describes how to run it.
package main

import (
	"context"
	_ "embed"
	"os"
	"os/signal"
	"syscall"

	"github.com/stay-sidekick/profile-server/internal/cli"
)

//go:embed schema.graphqls
var sdl string

func main() {
	signals := []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup ignores it
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	code := cli.Main(os.Args[1:], &cli.Globals{Context: ctx, Out: os.Stdout, Err: os.Stderr, Lookup: os.LookupEnv, SDL: sdl})
	stop()
	os.Exit(code)
}
