// Package migrations embeds the SQL statements that set up a database.
package migrations

import "embed"

// CreateSharedTables creates the tables that are shared with the Python service. It
// requires an empty database.
//
//go:embed shared/tables.sql
var CreateSharedTables string

// Profile contains the goose migrations of this service's own schema, in the
// directory "profile".
//
//go:embed profile/*.sql
var Profile embed.FS

// ProfileSchema creates this service's own schema.
//
//go:embed schema.sql
var ProfileSchema string
