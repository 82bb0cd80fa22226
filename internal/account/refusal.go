package account

import (
	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/problem"
)

// isUntried tells of a refusal that says nothing about the password, which was
// not looked at: its owner has to wait, or the server was too busy.
func isUntried(err error) bool {
	code := problem.CodeOf(err)
	return code == problem.RateLimited || code == problem.Overloaded
}

// reasonOf is why a password was not tried, for the audit log; nothing when it
// was.
func reasonOf(refusal error) []audit.Change {
	if !isUntried(refusal) {
		return nil
	}
	return []audit.Change{{Field: "reason", New: new(string(problem.CodeOf(refusal)))}}
}
