// Package graph is the GraphQL API: the resolvers, the directives that guard
// them, and the executor that runs the documents of both edges.
package graph

import (
	"context"
	"time"

	"github.com/stay-sidekick/profile-server/graph/model"
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

// lastCheck returns the last check of an integration.
func (r *Resolver) lastCheck(ctx context.Context, c model.Connection) (*model.ConnectionCheck, error) {
	checks, err := c.LastChecks()
	if err != nil {
		return nil, err
	}
	return toConnectionCheck(ctx, c.Viewer(), checks.Of(c.Integration)), nil
}
