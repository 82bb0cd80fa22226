package rest

import (
	"context"
	"errors"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/stay-sidekick/profile-server/internal/auth"
)

// access is who may use a route: what the directive of its root field says in
// the schema. The executor asks again; here it is about answering 401 and 403
// before a body is read.
type access string

const (
	public        access = "public"
	authenticated access = "authenticated"
	admin         access = "admin"
)

// accessOf reads the one directive of a root field that says who may use it.
func accessOf(directives ast.DirectiveList) (access, error) {
	var found []access
	for _, directive := range directives {
		switch a := access(directive.Name); a {
		case public, authenticated, admin:
			found = append(found, a)
		}
	}
	if len(found) != 1 {
		return "", errors.New("the schema does not say who may use this field, or says it twice")
	}
	return found[0], nil
}

// Authorizer is the check that stands behind the schema's @admin.
type Authorizer interface {
	// RequireAdmin gets the principal of the request and the requested field.
	RequireAdmin(ctx context.Context, user *auth.Principal, field string) error
}

// admit returns nil when the one who makes the request may use the document.
func (d *document) admit(ctx context.Context, authorizer Authorizer) error {
	if d.access == public {
		return nil
	}
	principal, err := auth.RequirePrincipal(ctx)
	if err == nil && d.access == admin {
		err = authorizer.RequireAdmin(ctx, principal, d.root)
	}
	return err
}
