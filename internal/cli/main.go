package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

const (
	name        = "profile-server"
	description = "The profile server of Stay Sidekick. Settings come from the environment; docs/settings.md lists them. " +
		"Without DATABASE_URL, a command uses the private database of development runs, which only one process can use at a time: stop the development run first."
)

// Exit codes.
const (
	exitFailed         = 1
	exitNotDecryptable = 2
	exitNotRotated     = 3
	exitUsage          = 64
)

// Main runs a command line and returns the exit code. It reports a failure as one
// line on g.Err.
func Main(args []string, g *Globals) int {
	var opened *session
	parser, err := kong.New(&CLI{}, kong.Name(name), kong.Description(description), kong.Writers(g.Out, g.Err), kong.Bind(g), kong.PostBuild(addDetails),
		kong.BindToProvider(func() (_ *session, err error) {
			opened, err = open(g)
			return opened, err
		}))
	if err != nil {
		return fail(g.Err, err.Error(), exitFailed)
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		return fail(g.Err, fmt.Sprintf("%v; %s --help lists the commands and their flags", err, name), exitUsage)
	}
	err = chosen.Run()
	if opened != nil {
		opened.close()
	}
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled) && g.Context.Err() != nil:
		return fail(g.Err, "stopped before it was finished", exitFailed)
	case errors.Is(err, ErrNotDecryptable):
		return fail(g.Err, explain(err), exitNotDecryptable)
	case errors.Is(err, ErrNotRotated):
		return fail(g.Err, explain(err), exitNotRotated)
	}
	return fail(g.Err, explain(err), exitFailed)
}

func fail(w io.Writer, reason string, code int) int {
	writeWithin(w, fmt.Sprintf("%s: %s\n", name, reason))
	return code
}

// writeWithin writes text and waits up to outputTimeout for it.
func writeWithin(w io.Writer, text string) {
	awaitOutput(func() { _, _ = io.WriteString(w, text) })
}

// awaitOutput calls write and waits up to outputTimeout for it.
func awaitOutput(write func()) {
	written := make(chan struct{})
	go func() {
		defer close(written)
		write()
	}()
	select {
	case <-written:
	case <-time.After(outputTimeout):
	}
}

// explain formats an error in one line. It includes the cause, which the API does
// not disclose, for the operator who runs the command.
func explain(err error) string {
	text := err.Error()
	if p, ok := errors.AsType[*apperr.Error](err); ok && p.Cause != nil {
		text += " (" + p.Cause.Error() + ")"
	}
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return strings.ReplaceAll(strings.Join(lines, "; "), ":; ", ": ")
}
