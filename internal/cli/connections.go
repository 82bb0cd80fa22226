package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
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
func (c *CheckConnections) Run(g *Globals, s *session) error {
	if !s.cfg.ConnectionChecks {
		return errChecksOff
	}
	defer s.app.Connections.Close() // waits for the deletion of tokens
	counts := make(map[company.Rechecked]int)
	err := s.app.Companies.Recheck(g.Context, time.Now().Add(-c.OlderThan), func(r company.Rechecked) { counts[r]++ })
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
	header := []string{"provider", "checked"}
	for _, status := range connection.Statuses() {
		header = append(header, string(status))
	}
	header = append(header, string(apperr.AccountIDRequired), string(apperr.KeyNotDecryptable))
	providers := make(map[string]bool)
	for r := range counts {
		providers[r.Provider] = true
	}
	var rows []row
	for _, provider := range slices.Sorted(maps.Keys(providers)) {
		numbers := []int{0}
		for _, status := range header[2:] {
			n := counts[company.Rechecked{Provider: provider, Status: status}]
			numbers = append(numbers, n)
			numbers[0] += n
		}
		rows = append(rows, row{provider, numbers})
	}
	printTable(w, header, rows)
}
