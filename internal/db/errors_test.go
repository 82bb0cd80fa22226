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

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// isUnavailable reports whether the error has the code Unavailable, status 503.
func isUnavailable(err error) bool { return err != nil && apperr.CodeOf(err) == apperr.Unavailable }

func TestMissingRowIsNotFound(t *testing.T) {
	t.Parallel()
	q := testdb.WithLongTimeouts(testdb.New(t, testdb.Own).Pool).Queries()
	if _, err := q.CompanyByID(t.Context(), uuid.New()); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestExistingUniqueValueIsADuplicate(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		q := testdb.WithLongTimeouts(testdb.New(t, shape).Pool).Queries()
		first, second := newCompany("First"), newCompany("Second")
		second.Email = first.Email
		if err := q.CompanyCreate(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		err := q.CompanyCreate(t.Context(), second)
		if !errors.Is(err, db.ErrDuplicate) || strings.Contains(err.Error(), first.Email) {
			t.Errorf("got %v", err)
		}
	})
}

func TestRowOfAMissingCompanyHasNoParent(t *testing.T) {
	t.Parallel()
	testdb.EachShape(t, func(t *testing.T, shape testdb.Shape) {
		t.Parallel()
		q := testdb.WithLongTimeouts(testdb.New(t, shape).Pool).Queries()
		err := q.PMSIntegrationUpsert(t.Context(), sqlc.PMSIntegrationUpsertParams{ID: uuid.New(), CompanyID: uuid.New(), Provider: "smoobu"})
		if !errors.Is(err, db.ErrNoParent) {
			t.Errorf("got %v", err)
		}
	})
}

// The trigger raises the SQLSTATE that the name of the new company contains.
func TestErrorsAreClassifiedBySQLSTATE(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	testdb.Exec(t, d.Pool, `
		create function reject() returns trigger language plpgsql as $$
		begin raise exception 'the row of "%" is rejected', new.email using errcode = new.nombre; end $$;
		create trigger reject before insert on empresas for each row execute function reject()`)
	q := testdb.WithLongTimeouts(d.Pool).Queries()
	for state, unavailable := range map[string]bool{
		"08006": true,  // connection_failure
		"25006": true,  // read_only_sql_transaction
		"40001": true,  // serialization_failure
		"40P01": true,  // deadlock_detected
		"53100": true,  // disk_full
		"53200": true,  // out_of_memory
		"53300": true,  // too_many_connections
		"55P03": true,  // lock_not_available
		"57014": true,  // query_canceled
		"57P01": true,  // admin_shutdown
		"57P03": true,  // cannot_connect_now
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
			continue
		}
		if state[:2] == "22" && strings.Contains(err.Error(), company.Email) {
			t.Errorf("%s: the value is quoted: %v", state, err)
		}
	}
}

func TestTemporaryErrorsOfTheDatabaseAreUnavailable(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Own)
	for settings, cause := range map[string]string{
		"default_transaction_read_only=on": "25006", // read_only_sql_transaction
		"lock_timeout=50ms":                "55P03", // lock_not_available
		"statement_timeout=50ms":           "57014", // query_canceled
	} {
		t.Run(settings, func(t *testing.T) {
			if cause != "25006" {
				lockCompanies(t, d.Pool)
			}
			pool := testdb.Open(t, with(d.URL, settings))
			err := testdb.WithLongTimeouts(pool).Queries().CompanyCreate(t.Context(), newCompany("Late"))
			if server, ok := errors.AsType[*pgconn.PgError](err); !ok || server.Code != cause || !isUnavailable(err) {
				t.Errorf("got %v", err)
			}
			wantAllReleased(t, pool)
		})
	}
}

func TestStoppedServerIsUnavailableUntilItRuns(t *testing.T) {
	t.Parallel()
	s := testdb.Server(t)
	d := testdb.WithLongTimeouts(testdb.Open(t, s.URL())) // a stop is detected immediately
	if err := d.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Halt(); err != nil {
		t.Fatal(err)
	}
	for what, do := range map[string]func() error{
		"ping":        func() error { return d.Ping(t.Context()) },
		"row":         func() error { _, err := d.Queries().CompanyByID(t.Context(), uuid.New()); return err },
		"rows":        func() error { _, err := d.Queries().SharedColumns(t.Context(), db.SharedTableNames()); return err },
		"transaction": func() error { return d.InTx(t.Context(), func(*sqlc.Queries) error { return nil }) },
	} {
		withinTime(t, what, do)
	}
	if err := s.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.Ping(t.Context()); err != nil {
		t.Errorf("after the restart: %v", err)
	}
}

func TestMissingDatabaseIsUnavailable(t *testing.T) {
	t.Parallel()
	url := strings.Replace(testdb.New(t, testdb.Empty).URL, "/test_", "/no_such_", 1)
	if err := testdb.WithLongTimeouts(testdb.Open(t, url)).Ping(t.Context()); !isUnavailable(err) {
		t.Errorf("got %v", err)
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
