package graph

import (
	"context"
	"errors"

	"github.com/stay-sidekick/profile-server/graph/model"
	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db"
)

// toChangedCompany returns the members of a payload for the result of a company's
// change. A successful change and a conflict return the principal's company, so
// that the client sees the current state.
func toChangedCompany(ctx context.Context, p *auth.Principal, result error) (*model.Company, []model.UserError, error) {
	userErrors, err := toUserErrors(ctx, companyDeleted(result))
	if result == nil || isConflict(result) {
		return new(model.CompanyOf(p)), userErrors, nil
	}
	return nil, userErrors, err
}

// isConflict reports whether a change was rejected because of its version.
func isConflict(err error) bool {
	rejection, ok := errors.AsType[*apperr.UserError](err)
	return ok && rejection.Code == apperr.Conflict
}

// companyDeleted returns Unauthenticated for a company that was deleted during the
// request, and any other error as it is.
func companyDeleted(err error) error {
	if errors.Is(err, db.ErrNotFound) || errors.Is(err, db.ErrNoParent) {
		return apperr.Wrap(apperr.Unauthenticated, apperr.CompanyGone, err)
	}
	return err
}

// toSession returns the members of the payloads of login and changePassword.
func (r *Resolver) toSession(ctx context.Context, session *account.Session, err error) (*string, *model.User, []model.UserError, error) {
	if err != nil {
		userErrors, err := toUserErrors(ctx, err)
		return nil, nil, userErrors, err
	}
	return &session.Token, new(r.toUser(session.User)), []model.UserError{}, nil
}

// toUserErrors returns a *apperr.UserError as the entries of a payload, none for
// success, and any other error as it is.
func toUserErrors(ctx context.Context, err error) ([]model.UserError, error) {
	if err == nil {
		return []model.UserError{}, nil
	}
	rejection, ok := errors.AsType[*apperr.UserError](err)
	if !ok {
		return nil, err
	}
	field := rejection.Field
	if field == nil {
		field = []string{}
	}
	return []model.UserError{{Code: model.UserErrorCode(rejection.Code), Field: field, Message: rejection.Text(apperr.LanguageOf(ctx))}}, nil
}
