package graph_test

import (
	"fmt"
	"sync"
	"sync/atomic"
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

// underLoad runs operation as 12 users until the test ends.
func underLoad(t *testing.T, s *testserver.Server, operation string) {
	t.Helper()
	var stop atomic.Bool
	var clients sync.WaitGroup
	for range 12 {
		token := s.Token(t, s.People(t).Operator)
		clients.Go(func() {
			for !stop.Load() {
				if resp := s.Query(t, token, operation, nil); resp.Code() != "" {
					t.Errorf("a user of the load got %s", resp.Body)
				}
			}
		})
	}
	t.Cleanup(func() {
		stop.Store(true)
		clients.Wait()
	})
}

// Concurrent reads share a statement, but no read is older than its request.
func TestRequestSeesEveryEarlierCommit(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	const operation = "{ me { email company { lateCheckIn { cutoff } } } }"
	underLoad(t, s, operation)
	p := s.People(t)
	token := s.Token(t, p.Operator)
	var readers sync.WaitGroup
	for round := range 15 {
		cutoff := fmt.Sprintf("%02d:%02d", round%24, round)
		// The write is not made by the server under test.
		testdb.Exec(t, s.Pool, `update empresas set configuracion = configuracion || jsonb_build_object('notificaciones_tardias', jsonb_build_object('hora_corte', $2::text)) where id = $1`,
			p.Company.ID, cutoff)
		testdb.Exec(t, s.Pool, "update usuarios set email = $2 where id = $1", p.Operator.ID, fmt.Sprintf("round-%d@example.com", round))
		want := fmt.Sprintf(`{"email": "round-%d@example.com", "company": {"lateCheckIn": {"cutoff": %q}}}`, round, cutoff)
		for range 4 { // of one user and one company
			readers.Go(func() {
				var data struct{ Me any }
				s.MustQuery(t, token, operation, nil, &data)
				if got := fmt.Sprint(data.Me); got != fmt.Sprint(decode(t, want)) {
					t.Errorf("round %d: got %s, want %s", round, got, want)
				}
			})
		}
		readers.Wait()
	}
}
