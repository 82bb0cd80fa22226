// Package graph is the GraphQL API: the resolvers, the directives that guard
// them, and the executor that runs the documents of both edges.
package graph

import (
	"time"

	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/company"
)

// Resolver holds the dependencies of the resolvers, which are in
// schema.resolvers.go: a function for each field that is not a plain value.
type Resolver struct {
	Accounts  *account.Service
	Companies *company.Service
	Now       func() time.Time
}
