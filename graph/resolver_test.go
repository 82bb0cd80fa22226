package graph_test

import (
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestUnselectedFieldsAreNotRead(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	testdb.Exec(t, s.Pool, "drop table configuracion_ia")
	wantCode(t, s, s.Token(t, s.People(t).Admin), "{ me { id companyId company { id name } } }", nil, "")
}

func TestMutationsRunInOrderAndShowTheirOwnResult(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	resp := s.Query(t, s.Token(t, s.People(t).Admin), `mutation {
		first: saveApartmentColumns(input: {externalId: 1, name: 0}) { company { apartmentColumns { externalId } } }
		second: saveApartmentColumns(input: {externalId: 2, name: 0}) { company { apartmentColumns { externalId } } } }`, nil)
	wantJSON(t, resp.Data, `{"first": {"company": {"apartmentColumns": {"externalId": 1}}},
		"second": {"company": {"apartmentColumns": {"externalId": 2}}}}`)
}

// A refused mutation with a non-null field makes the whole data null, but does not undo
// earlier mutations.
func TestMutationsBeforeARefusedOneAreCommitted(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	p := s.People(t)
	resp := wantCode(t, s, s.Token(t, p.Operator), `mutation($input: ChangePasswordInput!) {
		changePassword(input: $input) { userErrors { code } }
		removePmsIntegration { userErrors { code } } }`, change(testdb.Password, newPassword), "FORBIDDEN")
	if len(resp.Errors) != 1 || resp.Errors[0].Path[0] != "removePmsIntegration" || isObject(resp.Data) {
		t.Errorf("got %s", resp.Body)
	}
	mustMutate(t, s, "", loginMutation, credentials(p.Operator.Email, newPassword))
}
