// Package graph is the GraphQL API: the resolvers, the directives that guard
// them, and the executor that both edges run their documents through.
package graph

import (
	"time"

	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/company"
)

// Resolver is what the resolvers work with. The resolvers themselves are in
// schema.resolvers.go, a function for each field that is not a plain value.
type Resolver struct {
	Accounts  *account.Service
	Companies *company.Service
	Now       func() time.Time
}
