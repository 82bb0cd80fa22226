package db_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestStatementsSurviveAChangeOfAColumn(t *testing.T) {
	t.Parallel()
	readUser := func(t *testing.T, q *sqlc.Queries, email string) error {
		_, err := q.UserByEmail(t.Context(), sqlc.UserByEmailParams{LowerCase: email, Typed: email})
		return err
	}
	for name, run := range map[string]func(t *testing.T, d *db.DB, company testdb.CompanyRow) error{
		"a read": func(t *testing.T, d *db.DB, company testdb.CompanyRow) error {
			return readUser(t, d.Queries(), company.Email)
		},
		"a transaction": func(t *testing.T, d *db.DB, company testdb.CompanyRow) error {
			return d.InTx(t.Context(), func(q *sqlc.Queries) error {
				if err := q.CompanyCreate(t.Context(), newCompany("Copy")); err != nil {
					return err
				}
				return readUser(t, q, company.Email)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := testdb.New(t, testdb.Alembic)
			pool := testdb.Open(t, with(d.URL, "pool_max_conns=6"))
			company := testdb.Company(t, d.Pool, testdb.CompanyRow{})
			testdb.User(t, d.Pool, testdb.UserRow{CompanyID: company.ID, Email: company.Email})
			onEach := func() { each(t, pool, func() error { return run(t, testdb.WithLongTimeouts(pool), company) }) }
			onEach()
			testdb.Exec(t, d.Pool, `alter table empresas alter nombre type varchar(300); alter table configuracion_pms alter proveedor type text;
				alter table usuarios alter email type varchar(320)`)
			onEach()
			if name == "a transaction" {
				wantCompanies(t, d.Pool, 13)
			}
		})
	}
}

// each calls run once on each connection of the pool.
func each(t *testing.T, pool *pgxpool.Pool, run func() error) {
	t.Helper()
	for range pool.Config().MaxConns {
		if err := run(); err != nil {
			t.Error(err)
		}
		conn, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Release()
	}
}

func TestStatementThatStaysStaleIsUnavailable(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	rejectCompanies(t, d.Pool, "trigger reject before insert on empresas")
	stale := newCompany("0A000")
	database := testdb.WithLongTimeouts(d.Pool)
	if err := database.Queries().CompanyCreate(t.Context(), stale); !isUnavailable(err) {
		t.Errorf("a statement: %v", err)
	}
	calls := 0
	err := database.InTx(t.Context(), func(q *sqlc.Queries) error {
		calls++
		return q.CompanyCreate(t.Context(), stale)
	})
	if !isUnavailable(err) || calls != 4 {
		t.Errorf("a transaction, %d times: %v", calls, err)
	}
}
