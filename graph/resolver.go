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

// settings reads the settings of a company, once for all fields of the object.
func (r *Resolver) settings(ctx context.Context, c *model.Company) (company.Settings, error) {
	return c.Settings.Get(func() (company.Settings, error) {
		settings, err := r.Companies.Settings(ctx, c.ID)
		return settings, companyDeleted(err)
	})
}

// lastCheck reads the last checks of a company, once for all its integrations.
func (r *Resolver) lastCheck(ctx context.Context, c model.Connection) (*model.ConnectionCheck, error) {
	checks, err := c.LastChecks.Get(func() (company.LastChecks, error) { return r.Companies.LastChecks(ctx, c.Integration) })
	if err != nil {
		return nil, err
	}
	return toConnectionCheck(ctx, c.Viewer(), checks.Of(c.Integration)), nil
}
