package testserver

import (
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// People are the users of most tests: two users of a company, and the
// administrator of another company.
type People struct {
	Company  testdb.CompanyRow
	Admin    testdb.UserRow
	Operator testdb.UserRow

	OtherCompany testdb.CompanyRow
	OtherAdmin   testdb.UserRow
}

// PasswordChangedAt is the time of the last password change of all People.
var PasswordChangedAt = time.Date(2025, 6, 1, 9, 0, 0, 123456000, time.UTC)

// passwordHash is computed once, because it takes most of the time of
// Server.People under the race detector.
var passwordHash = sync.OnceValues(func() (string, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(testdb.Password), hashCost)
	return string(hash), err
})

// People inserts two companies and their users, whose password is testdb.Password.
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
