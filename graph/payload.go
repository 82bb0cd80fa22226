package graph

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/graph/model"
	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/problem"
)

// changeCompany changes the company of the user who asks and gives what every
// payload of such a mutation holds.
func (r *Resolver) changeCompany(ctx context.Context, change func(id uuid.UUID) error) (*model.Company, []model.UserError, error) {
	principal, err := auth.RequirePrincipal(ctx)
	if err != nil {
		return nil, nil, err
	}
	err = companyGone(change(principal.CompanyID))
	userErrors, failed := toUserErrors(err)
	if err == nil || isConflict(err) {
		return new(r.toCompany(ctx, principal)), userErrors, nil
	}
	return nil, userErrors, failed
}

// isConflict tells of a refusal that is answered with the current state.
func isConflict(err error) bool {
	refusal, ok := errors.AsType[*problem.UserError](err)
	return ok && refusal.Code == problem.Conflict
}

// companyGone tells a client whose company was deleted during the request that
// its token is no longer good for anything.
func companyGone(err error) error {
	if errors.Is(err, db.ErrNotFound) || errors.Is(err, db.ErrNoParent) {
		return problem.Wrap(problem.Unauthenticated, "The company no longer exists.", err)
	}
	return err
}

// toSession gives what the payloads of login and changePassword hold.
func (r *Resolver) toSession(session *account.Session, err error) (*string, *model.User, []model.UserError, error) {
	if err != nil {
		userErrors, err := toUserErrors(err)
		return nil, nil, userErrors, err
	}
	return &session.Token, new(r.toUser(session.User)), []model.UserError{}, nil
}

// toUserErrors turns a refusal into the entries of a payload, none for success,
// and leaves any other error as it is.
func toUserErrors(err error) ([]model.UserError, error) {
	if err == nil {
		return []model.UserError{}, nil
	}
	refusal, ok := errors.AsType[*problem.UserError](err)
	if !ok {
		return nil, err
	}
	field := refusal.Field
	if field == nil {
		field = []string{}
	}
	return []model.UserError{{Code: model.UserErrorCode(refusal.Code), Field: field, Message: refusal.Message}}, nil
}
