// Package migrations holds the SQL that prepares a database.
package migrations

import "embed"

// SharedTables creates the tables that are shared with the Python service. It
// is for a database that has none of them.
//
//go:embed shared/tables.sql
var SharedTables string

// Profile holds the goose migrations of this service's own schema, in the
// folder "profile".
//
//go:embed profile/*.sql
var Profile embed.FS

// ProfileSchema creates the schema of everything that is this service's own.
//
//go:embed schema.sql
var ProfileSchema string
