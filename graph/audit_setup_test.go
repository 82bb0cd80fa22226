package graph_test

import (
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// entry is one of the audit log, as the API shows it.
type entry struct {
	ID, At, Kind, RequestID string
	Actor, Address          *string
	Changes                 []struct {
		Field    string
		Old, New *string
	}
}

// summary is the kind and what changed: "KIND field old>new field old>new", "-"
// for null.
func (e entry) summary() string {
	words := []string{e.Kind}
	for _, c := range e.Changes {
		words = append(words, c.Field, orDash(c.Old)+">"+orDash(c.New))
	}
	return strings.Join(words, " ")
}

func orDash(text *string) string {
	if text == nil {
		return "-"
	}
	return *text
}

// page is a page of the audit log.
type page struct {
	Nodes []entry
	Edges []struct {
		Cursor string
		Node   struct{ ID string }
	}
	PageInfo struct {
		HasNextPage, HasPreviousPage bool
		StartCursor, EndCursor       *string
	}
}

const auditQuery = `query($first: Int! = 100, $after: String, $kinds: [AuditKind!]) {
	me { company { auditLog(first: $first, after: $after, kinds: $kinds) {
		nodes { id at kind actor address requestId changes { field old new } }
		edges { cursor node { id } }
		pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
	} } } }`

func auditPage(t testing.TB, s *testserver.Server, token string, variables object) page {
	t.Helper()
	var data struct {
		Me struct{ Company struct{ AuditLog page } }
	}
	s.MustQuery(t, token, auditQuery, variables, &data)
	return data.Me.Company.AuditLog
}

// auditLog is the newest entries of the caller's company.
func auditLog(t testing.TB, s *testserver.Server, token string) []entry {
	t.Helper()
	return auditPage(t, s, token, nil).Nodes
}

// recorded does something and returns the entries that it left in the audit log
// of the company of the token's user, newest first.
func recorded(t testing.TB, s *testserver.Server, token string, do func()) []entry {
	t.Helper()
	before := auditLog(t, s, token)
	do()
	after := auditLog(t, s, token)
	if len(after) < len(before) {
		t.Fatalf("entries went from %d to %d", len(before), len(after))
	}
	return after[:len(after)-len(before)]
}

// wantEntries compares summaries, the oldest first.
func wantEntries(t testing.TB, got []entry, want ...string) {
	t.Helper()
	var summaries []string
	for i := range got {
		summaries = append(summaries, got[len(got)-1-i].summary())
	}
	if strings.Join(summaries, "\n") != strings.Join(want, "\n") {
		t.Errorf("entries\n%s\nwant\n%s", strings.Join(summaries, "\n"), strings.Join(want, "\n"))
	}
}
