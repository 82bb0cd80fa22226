package graph_test

import (
	"encoding/json"
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

// write writes entries for a company, of the kinds in turn.
func write(t testing.TB, s *testserver.Server, company uuid.UUID, count int, kinds ...string) {
	t.Helper()
	execute(t, s, `insert into profile.audit_log (at, kind, company_id, request_id, changes)
		select now(), ($3::text[])[1 + n % cardinality($3)], $1, n::text, '[]' from generate_series(0, $2 - 1) n order by n`,
		company, count, kinds)
}

// ids checks what every page promises, and returns the ids of its entries.
func (p page) ids(t testing.TB) []string {
	t.Helper()
	var ids []string
	for i, node := range p.Nodes {
		ids = append(ids, node.ID)
		if p.Edges[i].Node.ID != node.ID {
			t.Errorf("edge %d is %s, node %s", i, p.Edges[i].Node.ID, node.ID)
		}
	}
	if len(p.Edges) != len(ids) {
		t.Errorf("%d edges, %d nodes", len(p.Edges), len(ids))
	}
	if len(ids) == 0 {
		if p.PageInfo.StartCursor != nil || p.PageInfo.EndCursor != nil {
			t.Error("an empty page has cursors")
		}
		return nil
	}
	if *p.PageInfo.StartCursor != p.Edges[0].Cursor || *p.PageInfo.EndCursor != p.Edges[len(ids)-1].Cursor {
		t.Errorf("page info %+v", p.PageInfo)
	}
	return ids
}

// walk reads all pages; between is called after each.
func walk(t testing.TB, s *testserver.Server, token string, variables object, between func()) (pages [][]string) {
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
			t.Fatal("there is always one more page")
		}
		between()
		variables = with(variables, "after", *p.PageInfo.EndCursor)
	}
}

func TestTheAuditLogIsReadInPagesWhileItGrows(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	write(t, s, p.Company.ID, 205, "SIGNED_IN")
	var newestFirst []string
	for _, id := range decode(t, stored(t, s, "select jsonb_agg(id::text order by id desc)::text from profile.audit_log")).([]any) {
		newestFirst = append(newestFirst, id.(string))
	}
	for first, pages := range map[any]int{1: 205, 7: 30, 41: 5, 100: 3, 5: 41} {
		before := 0
		got := walk(t, s, token, object{"first": first}, func() {
			write(t, s, p.Company.ID, 1, "SIGNED_IN") // new entries come before the first page
			before++
		})
		if len(got) != pages {
			t.Errorf("first %v: %d pages, want %d", first, len(got), pages)
		}
		if !slices.Equal(slices.Concat(got...), newestFirst) {
			t.Errorf("first %v: entries are missing, doubled or out of order", first)
		}
		// They are taken away again, as the owner of the database can.
		execute(t, s, "alter table profile.audit_log disable trigger user")
		execute(t, s, "delete from profile.audit_log where not id::text = any($1)", newestFirst)
		execute(t, s, "alter table profile.audit_log enable trigger user")
	}
}

func TestPageHas20EntriesByDefault(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	write(t, s, p.Company.ID, 21, "SIGNED_IN")
	resp := s.Query(t, s.Token(t, p.Admin), "{ me { company { auditLog { nodes { kind } pageInfo { hasNextPage } } } } }", nil)
	nodes := strings.TrimPrefix(strings.Repeat(`,{"kind": "SIGNED_IN"}`, 20), ",")
	wantJSON(t, resp.Data, `{"me": {"company": {"auditLog": {"nodes": [`+nodes+`], "pageInfo": {"hasNextPage": true}}}}}`)
}

func TestAnEmptyAuditLogIsAnEmptyPage(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Alembic)
	answer := s.Query(t, s.Token(t, s.People(t).Admin), auditQuery, nil)
	wantJSON(t, answer.Data, `{"me": {"company": {"auditLog": {"nodes": [], "edges": [],
		"pageInfo": {"hasNextPage": false, "hasPreviousPage": false, "startCursor": null, "endCursor": null}}}}}`)
}

func TestEntriesOfSomeKindsCanBeAskedFor(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	write(t, s, p.Company.ID, 30, "SIGNED_IN", "SIGN_IN_REFUSED", "ACCESS_REFUSED")
	for _, c := range []struct {
		kinds any
		want  int
	}{
		{nil, 30},
		{[]string{"SIGNED_IN"}, 10},
		{[]string{"ACCESS_REFUSED", "SIGNED_IN", "SIGNED_IN"}, 20},
		{"SIGN_IN_REFUSED", 10}, // GraphQL makes a list of one
		{[]string{"PASSWORD_RESET"}, 0},
		{[]string{}, 0},
	} {
		got := slices.Concat(walk(t, s, token, object{"first": 4, "kinds": c.kinds}, func() {})...)
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

func TestBadPagesAreRefusedAndTheRestIsAnswered(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	write(t, s, p.Company.ID, 3, "SIGNED_IN")
	bad := []object{}
	for _, first := range []any{0, -1, 101, 1 << 40} {
		bad = append(bad, object{"first": first})
	}
	for _, after := range []any{"", "x", "0", "-1", "1.5", " 1", "1 ", "0x1", "9223372036854775808", "1;", "١"} {
		bad = append(bad, object{"after": after})
	}
	const query = `query($first: Int! = 100, $after: String) {
		me { email company { name auditLog(first: $first, after: $after) { nodes { id } } } } }`
	for _, variables := range bad {
		answer := wantCode(t, s, token, query, variables, "BAD_USER_INPUT")
		wantJSON(t, answer.Data, `{"me": {"email": "`+p.Admin.Email+`", "company": {"name": "`+p.Company.Name+`", "auditLog": null}}}`)
	}
	for _, first := range []any{nil, "x", 1.5, true} { // no Int at all
		wantCode(t, s, token, query, object{"first": first}, "BAD_USER_INPUT")
	}
	for _, after := range []string{"1", strconv.FormatInt(1<<62, 10)} { // places without an entry
		wantCode(t, s, token, query, object{"after": after}, "")
	}
}

func TestAuditLogIsNullForAnOperator(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	write(t, s, p.Company.ID, 3, "SIGNED_IN")
	resp := wantCode(t, s, s.Token(t, p.Operator), "{ me { email company { auditLog { nodes { id } } name } } }", nil, "FORBIDDEN")
	wantJSON(t, resp.Data, `{"me": {"email": "`+p.Operator.Email+`", "company": {"auditLog": null, "name": "`+p.Company.Name+`"}}}`)
	if path, _ := json.Marshal(resp.Errors[0].Path); len(resp.Errors) != 1 || string(path) != `["me","company","auditLog"]` {
		t.Errorf("errors %s", resp.Body)
	}
}
