package db_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestConstraintsAreReported(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		q := testdb.WithLongTimeouts(testdb.New(t, shape).Pool).Queries()
		first, second := newCompany("First"), newCompany("Second")
		second.Email = first.Email
		user := sqlc.UserCreateParams{ID: uuid.New(), CompanyID: first.ID, Email: first.Email, PasswordHash: "none", Role: "admin"}
		orphan := sqlc.PMSIntegrationUpsertParams{ID: uuid.New(), CompanyID: uuid.New(), Provider: "smoobu"}
		for _, c := range []struct{ err, want error }{
			{q.CompanyCreate(t.Context(), first), nil},
			{q.CompanyCreate(t.Context(), second), db.ErrDuplicateCompany},
			{q.UserCreate(t.Context(), user), nil},
			{q.UserCreate(t.Context(), user), db.ErrDuplicate},
			{q.PMSIntegrationUpsert(t.Context(), orphan), db.ErrNoParent},
		} {
			if !errors.Is(c.err, c.want) || c.err != nil && strings.Contains(c.err.Error(), first.Email) {
				t.Errorf("got %v, want %v", c.err, c.want)
			}
		}
	})
}

func TestErrorsAreClassifiedBySQLSTATE(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	rejectCompanies(t, d.Pool, "trigger reject before insert on empresas")
	q := testdb.WithLongTimeouts(d.Pool).Queries()
	for state, unavailable := range map[string]bool{
		"08006": true,  // connection_failure
		"25006": true,  // read_only_sql_transaction
		"28P01": true,  // invalid_password
		"28000": true,  // invalid_authorization_specification
		"3D000": true,  // invalid_catalog_name
		"40001": true,  // serialization_failure
		"40P01": true,  // deadlock_detected
		"53100": true,  // disk_full
		"55P03": true,  // lock_not_available
		"57014": true,  // query_canceled
		"58030": true,  // io_error
		"22001": false, // string_data_right_truncation
		"23514": false, // check_violation
		"42501": false, // insufficient_privilege
		"42P01": false, // undefined_table
		"XX001": false, // data_corrupted
	} {
		company := newCompany(state)
		err := q.CompanyCreate(t.Context(), company)
		if err == nil || isUnavailable(err) != unavailable {
			t.Errorf("%s: got %v", state, err)
		} else if state[:2] == "22" && strings.Contains(err.Error(), company.Email) {
			t.Errorf("%s: the value is quoted: %v", state, err)
		}
	}
}

func TestErrorAfterTheFirstRowIsClassified(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	testdb.Exec(t, d.Pool, `
		create function fail() returns uuid language plpgsql as $$ begin raise exception using errcode = '57014'; end $$;
		create table public.same as select gen_random_uuid() as id, n from generate_series(1, 2) n;
		drop table empresas cascade;
		create view public.empresas as select case n when 1 then id else fail() end as id, 'Same' as nombre from public.same`)
	if ids, err := testdb.WithLongTimeouts(d.Pool).Queries().CompanyIDByName(t.Context(), "Same"); !isUnavailable(err) {
		t.Errorf("got %v, %v", ids, err)
	}
}

func TestErrorsThatMayGoAwayAreTransient(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{
		"57P03": true,  // cannot_connect_now: it starts or stops
		"53300": true,  // too_many_connections
		"08006": true,  // connection_failure
		"28P01": false, // invalid_password
		"28000": false, // invalid_authorization_specification
		"3D000": false, // invalid_catalog_name
		"42501": false, // insufficient_privilege to connect
		"42704": false, // undefined_object: an unknown parameter
		"":      false,
	} {
		if got := db.IsTransient(fmt.Errorf("connect: %w", &pgconn.PgError{Code: code})); got != want {
			t.Errorf("SQLSTATE %q: %v", code, got)
		}
	}
	for err, want := range map[error]bool{
		&net.DNSError{}: true, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}: true, context.DeadlineExceeded: true,
		io.ErrUnexpectedEOF: true, &tls.CertificateVerificationError{Err: errors.New("expired")}: false, errors.New("read only connection"): true,
	} {
		if got := db.IsTransient(fmt.Errorf("connect: %w", err)); got != want {
			t.Errorf("%v: %v", err, got)
		}
	}
}
