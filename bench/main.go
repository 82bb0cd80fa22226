// Command bench compares the performance of the server with other servers and
// under different loads; README.md describes the method. Run it in this directory.
// Relative paths of flags start at the repository's root.
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

// plan says which rows to measure, in how many rounds of how many seconds.
type plan struct {
	rows    []row
	rounds  int
	seconds int
}

func main() {
	only := flag.String("only", "", "comma-separated rows to measure: "+rowNames()+" (default all)")
	rounds := flag.Int("rounds", 5, "measured rounds of each subject")
	seconds := flag.Int("seconds", 4, "duration of a round")
	write := flag.Bool("write", false, "write the table and the chart into docs/")
	profile := flag.String("profile", "", "do not measure; write a CPU profile of the server under load into this file, for the compiler")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := os.Chdir("..")
	switch {
	case err != nil:
	case *profile != "":
		err = writeProfile(ctx, *profile)
	default:
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
		return errors.New("-rounds and -seconds must be at least 1")
	}
	if write && only != "" {
		return errors.New("-write needs all rows: omit -only")
	}
	if p.rows, err = selectRows(only); err != nil {
		return err
	}
	e, err := newEnvironment(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	start := time.Now()
	measured, err := p.measure(ctx, e)
	if err != nil {
		return err
	}
	logProgress("measured in %s", time.Since(start).Round(time.Second))
	fmt.Print(measured.table())
	if write {
		return measured.writePage(p)
	}
	return nil
}

// logProgress prints a line with the time to stderr.
func logProgress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format("15:04:05 ")+format+"\n", args...)
}
