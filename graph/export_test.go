package graph

// Exported for tests.
var (
	FromAuditArguments = fromAuditArguments
	ViewerOf           = viewer
)
