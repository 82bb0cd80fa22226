package cli

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/stay-sidekick/profile-server/internal/keyring"
)

// printTokens prints a table of the stored keys: how many of each column every
// configured key opens and, unless rotated is nil, how many were rotated.
func printTokens(w io.Writer, count keyring.StoredCount, rotated map[string]int) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(cells []string, rotatedCell string) {
		if rotated != nil {
			cells = append(cells, rotatedCell)
		}
		_, _ = fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	header := []string{"column", "stored"}
	for i := range count.ByKey() {
		header = append(header, keyName(i))
	}
	line(append(header, "none"), "rotated")
	all := 0
	for i, column := range count {
		n := rotated[column.Column]
		line(row(column.Column, count[i:i+1]), strconv.Itoa(n))
		all += n
	}
	line(row("all", count), strconv.Itoa(all))
	_ = table.Flush()
	_, _ = fmt.Fprintf(w, "%d under old keys\n", count.Old())
}

func row(name string, count keyring.StoredCount) []string {
	cells := []string{name, strconv.Itoa(count.Stored())}
	for _, opened := range count.ByKey() {
		cells = append(cells, strconv.Itoa(opened))
	}
	return append(cells, strconv.Itoa(len(count.Broken())))
}

// keyName tells a key of the ring by its setting; old ones by their place in
// the list, from 1.
func keyName(index int) string {
	if index == 0 {
		return "FERNET_KEY"
	}
	return fmt.Sprintf("FERNET_OLD_KEYS[%d]", index)
}

// progress is a line on a terminal that is written over and over.
type progress struct {
	w       io.Writer // nil where nobody watches
	started bool
}

func progressOn(w io.Writer) *progress {
	file, ok := w.(*os.File)
	if !ok {
		return &progress{}
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &progress{}
	}
	return &progress{w: w}
}

// eraseRest makes a terminal forget what a longer text has left on the line.
const eraseRest = "\x1b[K"

func (p *progress) show(column string, seen int) {
	if p.w != nil {
		p.started = true
		_, _ = fmt.Fprintf(p.w, "\r%s: %d%s", column, seen, eraseRest)
	}
}

// end goes on to the next line, if anything was shown.
func (p *progress) end() {
	if p.started {
		_, _ = fmt.Fprintln(p.w)
	}
}
