package graph_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/graph/model"
	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

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

// writeEntries writes count entries for a company, with the kinds in turn.
func writeEntries(t testing.TB, s *testserver.Server, company uuid.UUID, count int, kinds ...string) {
	t.Helper()
	testdb.Exec(t, s.Pool, `insert into profile.audit_log (at, kind, company_id, request_id, changes)
		select now(), ($3::text[])[1 + n % cardinality($3)], $1, n::text, '[]' from generate_series(0, $2 - 1) n order by n`,
		company, count, kinds)
}

// ids returns the ids of the entries of a page, after checks that hold for every page.
func (p page) ids(t testing.TB) (ids []string) {
	t.Helper()
	var cursors []string
	for i, edge := range p.Edges {
		ids, cursors = append(ids, edge.Node.ID), append(cursors, edge.Cursor)
		if p.Nodes[i].ID != edge.Node.ID {
			t.Errorf("edge %d is %s, node %s", i, edge.Node.ID, p.Nodes[i].ID)
		}
	}
	if len(p.Nodes) != len(p.Edges) {
		t.Errorf("%d edges, %d nodes", len(p.Edges), len(p.Nodes))
	}
	if info := p.PageInfo; len(cursors) > 0 && (*info.StartCursor != cursors[0] || *info.EndCursor != cursors[len(cursors)-1]) {
		t.Errorf("page info %+v, cursors %q", info, cursors)
	}
	return ids
}

// readPages reads all pages and calls between after each except the last.
func readPages(t testing.TB, s *testserver.Server, token string, variables object, between func()) (pages [][]string) {
	t.Helper()
	for {
		p := auditPage(t, s, token, variables)
		if p.PageInfo.HasPreviousPage != (len(pages) > 0) {
			t.Errorf("page %d: hasPreviousPage %t", len(pages), p.PageInfo.HasPreviousPage)
		}
		pages = append(pages, p.ids(t))
		if !p.PageInfo.HasNextPage {
			return pages
		}
		if len(pages) > 1000 {
			t.Fatal("the pages do not end")
		}
		between()
		variables = with(variables, "after", *p.PageInfo.EndCursor)
	}
}

func TestPagesAreCompleteWhileTheAuditLogGrows(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	for first, pages := range map[any]int{7: 30, 41: 5, 100: 3} {
		p := s.People(t)
		writeEntries(t, s, p.Company.ID, 205, "SIGNED_IN")
		newestFirst := testdb.Values[string](t, s.Pool, "select id::text from profile.audit_log a where company_id = $1 order by a.id desc", p.Company.ID)
		got := readPages(t, s, s.Token(t, p.Admin), object{"first": first}, func() {
			writeEntries(t, s, p.Company.ID, 1, "SIGNED_IN") // new entries come before the first page
		})
		if len(got) != pages || !slices.Equal(slices.Concat(got...), newestFirst) {
			t.Errorf("first %v: %d pages, want %d; or entries are missing, duplicate or out of order", first, len(got), pages)
		}
	}
}

func TestPageHas20EntriesByDefaultAndMayBeEmpty(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Alembic)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	wantJSON(t, s.Query(t, token, auditQuery, nil).Data, `{"me": {"company": {"auditLog": {"nodes": [], "edges": [],
		"pageInfo": {"hasNextPage": false, "hasPreviousPage": false, "startCursor": null, "endCursor": null}}}}}`)
	writeEntries(t, s, p.Company.ID, 21, "SIGNED_IN")
	nodes := strings.TrimPrefix(strings.Repeat(`,{"kind": "SIGNED_IN"}`, 20), ",")
	wantJSON(t, s.Query(t, token, "{ me { company { auditLog { nodes { kind } pageInfo { hasNextPage } } } } }", nil).Data,
		`{"me": {"company": {"auditLog": {"nodes": [`+nodes+`], "pageInfo": {"hasNextPage": true}}}}}`)
}

func TestEntriesAreFilteredByKind(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	writeEntries(t, s, p.Company.ID, 30, "SIGNED_IN", "SIGN_IN_REFUSED", "ACCESS_REFUSED")
	for _, c := range []struct {
		kinds any
		want  int
	}{
		{nil, 30},
		{[]string{"SIGNED_IN"}, 10},
		{[]string{"ACCESS_REFUSED", "SIGNED_IN", "SIGNED_IN"}, 20},
		{"SIGN_IN_REFUSED", 10}, // coerced to a list
		{[]string{"PASSWORD_RESET"}, 0},
		{[]string{}, 0},
	} {
		got := slices.Concat(readPages(t, s, token, object{"first": 4, "kinds": c.kinds}, func() {})...)
		if len(got) != c.want {
			t.Errorf("kinds %v: %d entries, want %d", c.kinds, len(got), c.want)
		}
	}
	wantCode(t, s, token, auditQuery, object{"kinds": []string{"NONSENSE"}}, "BAD_USER_INPUT")
	wantCode(t, s, token, auditQuery, object{"kinds": []any{nil}}, "BAD_USER_INPUT")
}

func TestRepeatedKindsAreQueriedOnce(t *testing.T) {
	kinds := slices.Repeat([]model.AuditKind{model.AuditKindSignedIn, model.AuditKindPasswordChanged}, 2000)
	query, err := graph.FromAuditArguments(1, nil, kinds)
	if err != nil || !slices.Equal(query.Kinds, []audit.Kind{audit.SignedIn, audit.PasswordChanged}) {
		t.Errorf("got %d kinds, %v", len(query.Kinds), err)
	}
}

func TestInvalidPageArgumentsFailOnlyTheAuditLog(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	writeEntries(t, s, p.Company.ID, 3, "SIGNED_IN")
	bad := []object{}
	for _, first := range []any{0, -1, 101} {
		bad = append(bad, object{"first": first})
	}
	for _, after := range []any{"", "x", "0", "-1", "1.5", " 1", "1 ", "0x1", "9223372036854775808", "1;", "١"} {
		bad = append(bad, object{"after": after})
	}
	const query = `query($first: Int! = 100, $after: String) {
		me { email company { name auditLog(first: $first, after: $after) { nodes { id } } } } }`
	for _, variables := range bad {
		resp := wantCode(t, s, token, query, variables, "BAD_USER_INPUT")
		wantJSON(t, resp.Data, `{"me": {"email": "`+p.Admin.Email+`", "company": {"name": "`+p.Company.Name+`", "auditLog": null}}}`)
	}
	for _, first := range []any{nil, "x", 1.5, true, 1 << 31} { // not an Int
		wantCode(t, s, token, query, object{"first": first}, "BAD_USER_INPUT")
	}
	for _, after := range []string{"1", strconv.FormatInt(1<<62, 10)} { // no entry has this id
		wantCode(t, s, token, query, object{"after": after}, "")
	}
}
