package graph

import (
	"context"
	"errors"

	"github.com/stay-sidekick/profile-server/graph/model"
	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/company"
	"github.com/stay-sidekick/profile-server/internal/db"
)

// toCompanyPayload returns the payload for the result of a change of the principal's
// company. A successful change and a conflict return the company, so that the client
// sees the current state.
func (r *Resolver) toCompanyPayload(ctx context.Context, p *auth.Principal, check *company.Check, result error) (model.CompanyPayload, error) {
	userErrors, err := toUserErrors(ctx, companyDeleted(result))
	payload := model.CompanyPayload{Check: toConnectionCheck(ctx, p, check), UserErrors: userErrors}
	if err == nil && (len(userErrors) == 0 || userErrors[0].Code == model.UserErrorCodeConflict) {
		payload.Company = new(r.toCompany(ctx, p))
	}
	return payload, err
}

// companyDeleted returns Unauthenticated for a company that was deleted during the
// request, and any other error as it is.
func companyDeleted(err error) error {
	if errors.Is(err, db.ErrNotFound) || errors.Is(err, db.ErrNoParent) {
		return apperr.Wrap(apperr.Unauthenticated, apperr.CompanyGone, err)
	}
	return err
}

// toSession returns the payload for the result of a sign-in or a password change.
func (r *Resolver) toSession(ctx context.Context, session *account.Session, err error) (model.SessionPayload, error) {
	userErrors, err := toUserErrors(ctx, err)
	payload := model.SessionPayload{UserErrors: userErrors}
	if session != nil {
		payload.Token, payload.User = &session.Token, new(r.toUser(ctx, session.User))
	}
	return payload, err
}

// toUserErrors returns a *apperr.UserError as the entries of a payload, none for
// success, and any other error as it is.
func toUserErrors(ctx context.Context, err error) ([]model.UserError, error) {
	rejection, ok := errors.AsType[*apperr.UserError](err)
	if !ok {
		return nil, err
	}
	return []model.UserError{{Code: model.UserErrorCode(rejection.Code), Field: rejection.Field, Message: rejection.Text(apperr.LanguageOf(ctx))}}, nil
}
