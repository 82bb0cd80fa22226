package db

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

var (
	// ErrNotFound means that no row matches.
	ErrNotFound = errors.New("db: not found")
	// ErrDuplicate means that a row with a unique value exists already.
	ErrDuplicate = errors.New("db: duplicate")
	// ErrDuplicateCompany is the ErrDuplicate of the table empresas.
	ErrDuplicateCompany = fmt.Errorf("%w company", ErrDuplicate)
	// ErrNoParent means that the row that a new row references does not exist.
	ErrNoParent = errors.New("db: the referenced row does not exist")
)

// translate converts an error of the driver; no other function does. It returns
// context.Canceled unchanged, because the client has disconnected.
func translate(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if server, ok := errors.AsType[*pgconn.PgError](err); ok {
		return translateServer(server)
	}
	if isInternal(err) {
		return err
	}
	return unavailable(err)
}

// isInternal reports whether the error is caused by this program and not by the
// connection.
func isInternal(err error) bool {
	_, scan := errors.AsType[pgx.ScanArgError](err)
	return scan || errors.Is(err, pgx.ErrTxClosed) || errors.Is(err, pgx.ErrTxCommitRollback)
}

// translateServer uses the SQLSTATE (PostgreSQL documentation, appendix A).
func translateServer(err *pgconn.PgError) error {
	switch err.Code {
	case "23505": // unique_violation
		if err.TableName == "empresas" {
			return errors.Join(ErrDuplicateCompany, err)
		}
		return errors.Join(ErrDuplicate, err)
	case "23503": // foreign_key_violation
		return errors.Join(ErrNoParent, err)
	case "25006", // read_only_sql_transaction
		"55P03", // lock_not_available
		"40001", // serialization_failure
		"40P01", // deadlock_detected
		staleStatement,
		"3D000", // invalid_catalog_name: the database does not exist
		"28000", // invalid_authorization_specification
		"28P01": // invalid_password
		return unavailable(err)
	}
	switch err.Code[:min(2, len(err.Code))] {
	case "08", "53", "57", "58": // connection, resources, operator intervention, system
		return unavailable(err)
	case "22": // data exception: its text can quote the value
		return fmt.Errorf("db: the database rejected a value (SQLSTATE %s)", err.Code)
	}
	return err
}

// staleStatement is the SQLSTATE feature_not_supported. Prepared statements fail with it
// when their result has other columns than before.
const staleStatement = "0A000"

// IsTransient reports whether an error of the driver to connect may go away without a
// change of the settings or of the database's roles.
func IsTransient(err error) bool {
	if server, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch server.Code[:min(2, len(server.Code))] {
		case "08", "53", "57", "58": // as in translateServer; PgBouncer uses 08 for all its errors
			return true
		}
		return false
	}
	// The network, or a server that target_session_attrs rejects during a failover.
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	return !certificate
}

// isInsufficientPrivilege reports whether the role lacks a privilege.
func isInsufficientPrivilege(err error) bool {
	server, ok := errors.AsType[*pgconn.PgError](err)
	return ok && server.Code == "42501" // insufficient_privilege
}

func unavailable(err error) error {
	return apperr.Wrap(apperr.Unavailable, apperr.DatabaseUnavailable, err)
}
