package cli

import (
	"fmt"
	"time"

	"github.com/stay-sidekick/profile-server/internal/audit"
)

// PruneAudit deletes old entries of the audit log.
type PruneAudit struct{}

// Run deletes entries older than AUDIT_RETENTION_DAYS, and refused sign-ins to
// unknown accounts older than 30 days, and prints how many. It can be stopped and
// run again.
func (PruneAudit) Run(g *Globals, s *session) error {
	deleted, err := audit.Prune(g.Context, s.app.DB, time.Now(), s.cfg.AuditRetention)
	_, _ = fmt.Fprintf(g.Out, "%d entries older than %d days deleted\n", deleted.Old, days(s.cfg.AuditRetention))
	_, _ = fmt.Fprintf(g.Out, "%d refused sign-ins to unknown accounts older than %d days deleted\n",
		deleted.UnknownAccounts, days(min(s.cfg.AuditRetention, audit.UnknownAccountRetention)))
	return err
}

func days(d time.Duration) int { return int(d / (24 * time.Hour)) }
