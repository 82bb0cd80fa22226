package rest

import (
	"context"
	"errors"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/internal/auth"
)

// access is the directive of a route's root field that says who may use it. The
// executor checks it again; the route checks it to respond with 401 or 403
// before it reads a body.
type access string

const (
	public        access = "public"
	authenticated access = "authenticated"
	admin         access = "admin"
)

// accessOf returns the access directive of a root field. It returns an error
// unless there is exactly one.
func accessOf(directives ast.DirectiveList) (access, error) {
	var found []access
	for _, directive := range directives {
		switch a := access(directive.Name); a {
		case public, authenticated, admin:
			found = append(found, a)
		}
	}
	if len(found) != 1 {
		return "", errors.New("the schema must have one of @public, @authenticated and @admin on this field")
	}
	return found[0], nil
}

// Authorizer implements the schema's @admin.
type Authorizer interface {
	// RequireAdmin returns an error unless the principal of the request is an
	// administrator. The field, such as "Mutation.setPmsIntegration", is for the
	// audit log.
	RequireAdmin(ctx context.Context, user *auth.Principal, field string) error
}

// authorize returns an error unless the caller may run the document.
func (d *document) authorize(ctx context.Context, authorizer Authorizer) error {
	if d.access == public {
		return nil
	}
	principal, err := auth.RequirePrincipal(ctx)
	if err == nil && d.access == admin {
		err = authorizer.RequireAdmin(ctx, principal, d.root)
	}
	return err
}
