package rest

import (
	"context"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"

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

// strictestAccess returns the strictest access directive of all fields in a valid
// document, and the first field that has it, such as "Mutation.setPmsIntegration".
//
// The executor checks each field again. The route checks the whole document first,
// to respond with 401 or 403 before it reads a body. It checks the request's user,
// also for fields below login, which the executor authorises for the signed-in user.
func strictestAccess(doc *ast.QueryDocument, schema *ast.Schema) (strictest access, name string) {
	events := &core.Events{}
	events.OnField(func(_ *core.Walker, field *ast.Field) {
		for _, object := range schema.GetPossibleTypes(field.ObjectDefinition) {
			if a := accessOf(object.Fields.ForName(field.Name)); a > strictest {
				strictest, name = a, object.Name+"."+field.Name
			}
		}
	})
	validator.Walk(schema, doc, events)
	return strictest, name
}

// accessOf returns the access directive of a field, which is nil for __typename.
func accessOf(field *ast.FieldDefinition) (strictest access) {
	if field == nil {
		return undefined
	}
	for _, directive := range field.Directives {
		strictest = max(strictest, access(slices.Index(accessDirectives, directive.Name)+1))
	}
	return strictest
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
		err = authorizer.RequireAdmin(ctx, principal, d.guarded)
	}
	return err
}
