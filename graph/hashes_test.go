package graph_test

import (
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// Hashes that Python's bcrypt 3.2.2 made of testdb.Password.
const (
	pythonHash2a = "$2a$04$YoO.D9T1GCFsYGgAS/cdtOfDOcidc0/vIopcKZ4jYQTEHCGvRGAdu"
	pythonHash2b = "$2b$04$FRGuqVZ1.TfIHZtLcc4G9uOHQZrDOvq2OtHvdknqLf/sT0MU0Cx1e"
	// productionHash has the cost of production.
	productionHash = "$2b$12$LqcccHEQsj4wjrm/.GVyy.tmcMNk4og9sslgn5HrIk55zq6UArgne"
)

func TestHashesOfThePythonServiceAreRead(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Alembic)
	p := s.People(t)
	for _, hash := range []string{pythonHash2a, pythonHash2b} {
		user := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: p.Company.ID, PasswordHash: hash})
		payload := mustMutate(t, s, "", loginMutation, credentials(user.Email, testdb.Password))
		wantRefusal(t, s, "", loginMutation, credentials(user.Email, testdb.Password+"x"), "INVALID_CREDENTIALS")
		mustMutate(t, s, *payload.Token, changePasswordMutation, change(testdb.Password, newPassword))
		mustMutate(t, s, "", loginMutation, credentials(user.Email, newPassword))
	}
}

// It pays for that cost once: seconds, under the race detector.
func TestAHashOfTheCostOfProductionIsRead(t *testing.T) {
	t.Parallel()
	if cost, err := bcrypt.Cost([]byte(productionHash)); err != nil || cost != 12 {
		t.Fatalf("cost %d, %v", cost, err)
	}
	s := testserver.New(t, testdb.Own)
	user := testdb.User(t, s.Pool, testdb.UserRow{CompanyID: s.People(t).Company.ID, PasswordHash: productionHash})
	payload := mustMutate(t, s, "", loginMutation, credentials(user.Email, testdb.Password))
	wantSignedIn(t, s, *payload.Token)
}
