package testserver

import (
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// People are those who make the requests of most tests: the users of one
// company and the administrator of another.
type People struct {
	Company  testdb.CompanyRow
	Admin    testdb.UserRow
	Operator testdb.UserRow

	OtherCompany testdb.CompanyRow
	OtherAdmin   testdb.UserRow
}

// PasswordChangedAt is when all of them changed their passwords.
var PasswordChangedAt = time.Date(2025, 6, 1, 9, 0, 0, 123456000, time.UTC)

// passwordHash is made once: under the race detector that is most of the time
// it takes to make people.
var passwordHash = sync.OnceValues(func() (string, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(testdb.Password), hashCost)
	return string(hash), err
})

// People makes them. Their password is testdb.Password.
func (s *Server) People(t testing.TB) People {
	t.Helper()
	hash, err := passwordHash()
	if err != nil {
		t.Fatal(err)
	}
	p := People{Company: testdb.Company(t, s.Pool, testdb.CompanyRow{}), OtherCompany: testdb.Company(t, s.Pool, testdb.CompanyRow{})}
	user := func(company testdb.CompanyRow, role string) testdb.UserRow {
		return testdb.User(t, s.Pool, testdb.UserRow{CompanyID: company.ID, Role: role, PasswordHash: hash, PasswordChangedAt: PasswordChangedAt})
	}
	p.Admin = user(p.Company, "admin")
	p.Operator = user(p.Company, "operativo")
	p.OtherAdmin = user(p.OtherCompany, "admin")
	return p
}
