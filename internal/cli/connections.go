package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/company"
	"github.com/stay-sidekick/profile-server/internal/connection"
)

// CheckConnections asks the providers whether they accept the stored API keys.
type CheckConnections struct {
	OlderThan time.Duration `help:"Only check connections without a check in this time, such as 24h." placeholder:"TIME"`
}

// errChecksOff is returned instead of replacing every last check by one without a
// result.
var errChecksOff = errors.New("CONNECTION_CHECKS is off, so no provider may be asked")

// Run prints the number of connections by provider and status, also when it is stopped.
// It fails with errChecksOff, and with ErrNotDecryptable when no configured key decrypts an API key.
func (c *CheckConnections) Run(g *Globals) error {
	s, err := open(g)
	if err != nil {
		return err
	}
	defer s.close()
	if !s.cfg.ConnectionChecks {
		return errChecksOff
	}
	defer s.app.Connections.Close() // waits for the deletion of tokens
	counts := make(map[company.Rechecked]int)
	err = s.app.Companies.Recheck(g.Context, time.Now().Add(-c.OlderThan), func(r company.Rechecked) { counts[r]++ })
	printRechecked(g.Out, counts)
	if err != nil {
		return err
	}
	lost := 0
	for r, n := range counts {
		if r.Status == string(apperr.KeyNotDecryptable) {
			lost += n
		}
	}
	if lost > 0 {
		return fmt.Errorf("%w %d API keys; rotate-keys --check lists their rows", ErrNotDecryptable, lost)
	}
	return nil
}

// printRechecked prints a row for each provider and a column for each status.
func printRechecked(w io.Writer, counts map[company.Rechecked]int) {
	var statuses []string
	for _, status := range connection.Statuses() {
		statuses = append(statuses, string(status))
	}
	statuses = append(statuses, string(apperr.AccountIDRequired), string(apperr.KeyNotDecryptable))
	providers := make(map[string]bool)
	for r := range counts {
		providers[r.Provider] = true
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "provider\tchecked\t"+strings.Join(statuses, "\t"))
	for _, provider := range append(slices.Sorted(maps.Keys(providers)), "") {
		cells, total := []string{cmp.Or(provider, "all")}, 0
		for _, status := range statuses {
			n := 0
			for r, count := range counts {
				if r.Status == status && (provider == "" || r.Provider == provider) {
					n += count
				}
			}
			cells, total = append(cells, strconv.Itoa(n)), total+n
		}
		_, _ = fmt.Fprintln(table, strings.Join(slices.Insert(cells, 1, strconv.Itoa(total)), "\t"))
	}
	_ = table.Flush()
}
