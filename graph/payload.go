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

// toChangedCompany returns what the payload of each mutation of a company holds,
// given the result of the change: the principal's company when it was changed, and
// beside a conflict, so that the client sees the current state.
func toChangedCompany(ctx context.Context, p *auth.Principal, result error) (*model.Company, []model.UserError, error) {
	userErrors, err := toUserErrors(ctx, companyGone(result))
	if result == nil || isConflict(result) {
		return new(model.CompanyOf(p)), userErrors, nil
	}
	return nil, userErrors, err
}

// isConflict reports whether a change was refused for another version.
func isConflict(err error) bool {
	refusal, ok := errors.AsType[*apperr.UserError](err)
	return ok && refusal.Code == apperr.Conflict
}

// companyGone returns Unauthenticated for a company that was deleted during the
// request, and any other error as it is.
func companyGone(err error) error {
	if errors.Is(err, db.ErrNotFound) || errors.Is(err, db.ErrNoParent) {
		return apperr.Wrap(apperr.Unauthenticated, apperr.CompanyGone, err)
	}
	return err
}

// toSession gives what the payloads of login and changePassword hold.
func (r *Resolver) toSession(ctx context.Context, session *account.Session, err error) (*string, *model.User, []model.UserError, error) {
	if err != nil {
		userErrors, err := toUserErrors(ctx, err)
		return nil, nil, userErrors, err
	}
	return &session.Token, new(r.toUser(session.User)), []model.UserError{}, nil
}

// toUserErrors turns a refusal into the entries of a payload, none for success,
// and leaves any other error as it is.
func toUserErrors(ctx context.Context, err error) ([]model.UserError, error) {
	if err == nil {
		return []model.UserError{}, nil
	}
	refusal, ok := errors.AsType[*apperr.UserError](err)
	if !ok {
		return nil, err
	}
	field := refusal.Field
	if field == nil {
		field = []string{}
	}
	return []model.UserError{{Code: model.UserErrorCode(refusal.Code), Field: field, Message: refusal.Text(apperr.LanguageOf(ctx))}}, nil
}
