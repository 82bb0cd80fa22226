// Package migrations holds the SQL that prepares a database.
package migrations

import "embed"

// CreateSharedTables creates the tables that are shared with the Python service.
// It is for an empty database.
//
//go:embed shared/tables.sql
var CreateSharedTables string

// Profile holds the goose migrations of this service's own schema, in the
// folder "profile".
//
//go:embed profile/*.sql
var Profile embed.FS

// ProfileSchema creates the schema of everything that is this service's own.
//
//go:embed schema.sql
var ProfileSchema string
