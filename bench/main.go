// Command bench measures the server beside others and beside itself. README.md
// tells what, how, and what to make of it. It runs in the repository's root.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// plan is what to measure, and how often and long.
type plan struct {
	rows    []row
	rounds  int
	seconds int
}

func main() {
	only := flag.String("only", "", "comma-separated rows to measure: "+rowNames()+" (default all)")
	rounds := flag.Int("rounds", 5, "how often each candidate has its turn")
	seconds := flag.Int("seconds", 4, "how long each turn lasts")
	write := flag.Bool("write", false, "write the table and the chart into docs/")
	profile := flag.String("profile", "", "measure nothing, but write a profile of the server under load, for the compiler, into this file")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	var err error
	if *profile != "" {
		err = writeProfile(ctx, *profile)
	} else {
		err = run(ctx, *only, plan{rounds: *rounds, seconds: *seconds}, *write)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only string, p plan, write bool) (err error) {
	if p.rounds < 1 || p.seconds < 1 {
		return errors.New("at least one round of one second")
	}
	if write && only != "" {
		return errors.New("the page shows all rows: -write without -only")
	}
	if p.rows, err = choose(only); err != nil {
		return err
	}
	s, err := newStage(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	start := time.Now()
	measured, err := p.measure(ctx, s)
	if err != nil {
		return err
	}
	progress("measured in %s", time.Since(start).Round(time.Second))
	fmt.Print(measured.table())
	if write {
		return measured.writePage(p)
	}
	return nil
}

// progress tells what happens meanwhile.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format("15:04:05 ")+format+"\n", args...)
}
