package graph_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// answerTime is the two seconds that a client may have to wait while the
// database is away, and room for a busy machine.
const answerTime = 2*time.Second + time.Second

// wantUnavailable runs an operation that must fail in time with UNAVAILABLE.
func wantUnavailable(t *testing.T, s *testserver.Server, token, operation string, variables object) {
	t.Helper()
	testtime.Within(t, operation, answerTime, func() time.Duration {
		return testtime.Elapsed(func() { wantCode(t, s, token, operation, variables, "UNAVAILABLE") })
	})
}

func TestADatabaseThatIsAwayIsToldInTimeAndFoundAgain(t *testing.T) {
	t.Parallel()
	server := testdb.Server(t, testdb.Own, nil)
	s := testserver.On(t, testdb.Open(t, server.URL())) // patient: its clients hear of it at once, not after a timeout
	p := s.People(t)
	token := s.Token(t, p.Admin)
	input := object{"input": object{"externalId": 1, "name": 2}}
	mustMutate(t, s, token, saveApartmentMutation, input)

	if err := server.Halt(); err != nil {
		t.Fatal(err)
	}
	wantUnavailable(t, s, token, "{ me { id } }", nil)
	wantUnavailable(t, s, token, saveApartmentMutation, input)
	wantUnavailable(t, s, "", loginMutation, credentials(p.Admin.Email, testdb.Password))
	wantSignedOut(t, s, "not.a.token") // the database is not asked
	wantSignedOut(t, s, "")
	for _, anyToken := range []string{"", "not.a.token", token} {
		wantCode(t, s, anyToken, "{ __typename __schema { queryType { name } } }", nil, "")
	}

	if err := server.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantSignedIn(t, s, token)
	mustMutate(t, s, "", loginMutation, credentials(p.Admin.Email, testdb.Password))
	mustMutate(t, s, token, saveApartmentMutation, input)
}

// lock takes locks and holds them until it is undone.
func lock(t *testing.T, s *testserver.Server, statement string, args ...any) (unlock func()) {
	t.Helper()
	conn, err := pgx.ConnectConfig(t.Context(), s.Pool.Config().ConnConfig)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "begin"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
	return func() { _ = conn.Close(context.Background()) }
}

func TestADatabaseThatHangsIsToldInTime(t *testing.T) {
	t.Parallel()
	patient := testserver.New(t, testdb.Own)
	s := testserver.WithRealTimeouts(t, patient.Pool)
	p := s.People(t)
	token := s.Token(t, p.Admin)
	for name, table := range map[string]string{"while the user is read": "usuarios", "while the settings are read": "configuracion_pms"} {
		t.Run(name, func(t *testing.T) {
			unlock := lock(t, s, "lock table "+table+" in access exclusive mode")
			defer unlock()
			wantUnavailable(t, s, token, everything, nil)
			unlock()
			wantCode(t, patient, token, everything, nil, "")
		})
	}
}

func TestAChangeThatCannotGetItsLockChangesNothing(t *testing.T) {
	t.Parallel()
	s := testserver.On(t, testdb.Open(t, testdb.New(t, testdb.Own).URL+"&lock_timeout=3s")) // as the server's
	p := s.People(t)
	token, id := s.Token(t, p.Admin), p.Company.ID
	fill(t, s, id)
	before := rowsOf(t, s, id)
	unlock := lock(t, s, `select from empresas e join usuarios u on u.empresa_id = e.id join configuracion_pms p on p.empresa_id = e.id
		join configuracion_ia a on a.empresa_id = e.id where e.id = $1 for update`, id)
	defer unlock()
	var group sync.WaitGroup
	for _, field := range rootFields {
		if field.changes {
			group.Go(func() { wantCode(t, s, token, field.operation, field.variables(p), "UNAVAILABLE") })
		}
	}
	group.Wait()
	unlock()
	if rowsOf(t, s, id) != before {
		t.Error("something was stored")
	}
	for _, field := range rootFields {
		if field.changes {
			mustMutate(t, s, token, field.operation, field.variables(p))
		}
	}
}
