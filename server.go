// The profile server of Stay Sidekick: a GraphQL API with a REST shim for the
// callers of its predecessor. README.md tells how to run it.
package main

import (
	"context"
	_ "embed"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/stay-sidekick/profile-server/internal/command"
)

//go:embed schema.graphqls
var sdl string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	chosen := kong.Parse(&command.CLI{},
		kong.Name("profile-server"),
		kong.Description("The profile server of Stay Sidekick. Settings come from the environment; docs/settings.md lists them."))
	err := chosen.Run(&command.Globals{Context: ctx, Out: os.Stdout, Err: os.Stderr, Lookup: os.LookupEnv, SDL: sdl})
	if err != nil {
		command.Fail(os.Stderr, err)
		stop()
		os.Exit(command.ExitCode(err))
	}
}
