package testserver

import (
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/testdb"
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

// People makes them.
func (s *Server) People(t testing.TB) People {
	t.Helper()
	p := People{Company: testdb.Company(t, s.Pool, testdb.CompanyRow{}), OtherCompany: testdb.Company(t, s.Pool, testdb.CompanyRow{})}
	user := func(company testdb.CompanyRow, role string) testdb.UserRow {
		return testdb.User(t, s.Pool, testdb.UserRow{CompanyID: company.ID, Role: role, PasswordChangedAt: PasswordChangedAt})
	}
	p.Admin = user(p.Company, "admin")
	p.Operator = user(p.Company, "operativo")
	p.OtherAdmin = user(p.OtherCompany, "admin")
	return p
}
