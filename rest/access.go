package rest

import (
	"context"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/internal/auth"
)

// access says who may use a route. Of two values the greater one is stricter.
type access int

const (
	undefined access = iota
	public
	authenticated
	admin
)

// accessDirectives are the schema's directives for public, authenticated and admin.
var accessDirectives = []string{"public", "authenticated", "admin"}

// require makes d at least as strict as a field that it selects.
//
// The executor checks each field again. The route checks the whole document first,
// to respond with 401 or 403 before it reads a body. It checks the request's user,
// also for fields below login, which the executor authorizes for the signed-in user.
func (d *document) require(field *ast.Field, schema *ast.Schema) {
	for _, object := range schema.GetPossibleTypes(field.ObjectDefinition) {
		definition := object.Fields.ForName(field.Name)
		if definition == nil {
			continue // __typename
		}
		for _, directive := range definition.Directives {
			if a := access(slices.Index(accessDirectives, directive.Name) + 1); a > d.access {
				d.access, d.guarded = a, object.Name+"."+field.Name
			}
		}
	}
}

// RequireAdmin returns an error unless the principal of the request is an administrator.
// The field, such as "Mutation.setPmsIntegration", is for the audit log.
type RequireAdmin func(ctx context.Context, user *auth.Principal, field string) error

// authorize returns an error unless the caller may run the document.
func (d *document) authorize(ctx context.Context, requireAdmin RequireAdmin) error {
	if d.access == public {
		return nil
	}
	principal, err := auth.RequirePrincipal(ctx)
	if err == nil && d.access == admin {
		err = requireAdmin(ctx, principal, d.guarded)
	}
	return err
}
