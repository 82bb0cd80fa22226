package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/stay-sidekick/profile-server/internal/keyring"
)

// printCounts prints a table of the number of ciphertexts in each column, by the
// key that decrypts them, and of the rotated ones unless rotated is nil.
func printCounts(w io.Writer, counts keyring.Counts, rotated map[string]int) {
	header := []string{"column", "stored"}
	for i := range counts.ByKey() {
		header = append(header, keyName(i))
	}
	header = append(header, "none")
	if rotated != nil {
		header = append(header, "rotated")
	}
	var rows []row
	for i, column := range counts {
		numbers := append([]int{counts[i : i+1].Total()}, column.ByKey...)
		numbers = append(numbers, len(column.NotDecryptable))
		if rotated != nil {
			numbers = append(numbers, rotated[column.Column])
		}
		rows = append(rows, row{column.Column, numbers})
	}
	printTable(w, header, rows)
	_, _ = fmt.Fprintf(w, "%d under old keys\n", counts.Old())
}

// keyName returns the setting of a key of the ring, with the position in the list,
// from 1, of an old key.
func keyName(index int) string {
	if index == 0 {
		return "FERNET_KEY"
	}
	return fmt.Sprintf("FERNET_OLD_KEYS[%d]", index)
}

// row is a line of a table.
type row struct {
	name    string
	numbers []int
}

// printTable prints rows, and a row with their sums.
func printTable(w io.Writer, header []string, rows []row) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, strings.Join(header, "\t"))
	all := row{"all", make([]int, len(header)-1)}
	for _, r := range rows {
		for i, n := range r.numbers {
			all.numbers[i] += n
		}
	}
	for _, r := range append(rows, all) {
		_, _ = fmt.Fprint(table, r.name)
		for _, n := range r.numbers {
			_, _ = fmt.Fprintf(table, "\t%d", n)
		}
		_, _ = fmt.Fprintln(table)
	}
	_ = table.Flush()
}

// progress returns a function that shows a number in one line of a terminal. The next
// line overwrites it. On another output the function shows nothing.
func progress(w io.Writer) func(column string, processed int) {
	file, _ := w.(*os.File)
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return func(string, int) {}
	}
	return func(column string, processed int) {
		const eraseRest = "\x1b[K" // what a longer text has left
		_, _ = fmt.Fprintf(w, "%s: %d%s\r", column, processed, eraseRest)
	}
}
