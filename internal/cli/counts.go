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

// printCounts prints a table of the number of ciphertexts in each column, by the
// key that decrypts them, and of the rotated ones unless rotated is nil.
func printCounts(w io.Writer, counts keyring.Counts, rotated map[string]int) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(cells []string, rotatedCell string) {
		if rotated != nil {
			cells = append(cells, rotatedCell)
		}
		_, _ = fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	header := []string{"column", "stored"}
	for i := range counts.ByKey() {
		header = append(header, keyName(i))
	}
	line(append(header, "none"), "rotated")
	all := 0
	for i, column := range counts {
		n := rotated[column.Column]
		line(row(column.Column, counts[i:i+1]), strconv.Itoa(n))
		all += n
	}
	line(row("all", counts), strconv.Itoa(all))
	_ = table.Flush()
	_, _ = fmt.Fprintf(w, "%d under old keys\n", counts.Old())
}

func row(name string, counts keyring.Counts) []string {
	cells := []string{name, strconv.Itoa(counts.Total())}
	for _, n := range counts.ByKey() {
		cells = append(cells, strconv.Itoa(n))
	}
	return append(cells, strconv.Itoa(len(counts.NotDecryptable())))
}

// keyName returns the setting of a key of the ring, with the position in the list,
// from 1, of an old key.
func keyName(index int) string {
	if index == 0 {
		return "FERNET_KEY"
	}
	return fmt.Sprintf("FERNET_OLD_KEYS[%d]", index)
}

// progress overwrites one line of a terminal.
type progress struct {
	w       io.Writer // nil unless it is a terminal
	started bool
}

func newProgress(w io.Writer) *progress {
	file, ok := w.(*os.File)
	if !ok {
		return &progress{}
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &progress{}
	}
	return &progress{w: w}
}

// eraseRest erases what a longer text has left on the line.
const eraseRest = "\x1b[K"

func (p *progress) show(column string, processed int) {
	if p.w != nil {
		p.started = true
		_, _ = fmt.Fprintf(p.w, "\r%s: %d%s", column, processed, eraseRest)
	}
}

// end starts a new line, if anything was shown.
func (p *progress) end() {
	if p.started {
		_, _ = fmt.Fprintln(p.w)
	}
}
