package graph

import (
	"context"
	"sync"

	"github.com/stay-sidekick/profile-server/graph/model"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/company"
)

func (r *Resolver) toUser(p *auth.Principal) model.User {
	return model.User{
		ForViewer:          model.ForViewer{Principal: p},
		ID:                 p.UserID,
		Email:              p.Email,
		Role:               toRole(p.Role),
		CompanyID:          p.CompanyID,
		ChangedPassword:    p.PasswordChangedAt,
		MustChangePassword: auth.MustChangePassword(p.PasswordChangedAt, r.Now()),
	}
}

// toCompany returns the company of the principal. It reads the settings when the
// first field asks for them, and once for all fields of this object.
func (r *Resolver) toCompany(ctx context.Context, p *auth.Principal) model.Company {
	return model.Company{
		ForViewer: model.ForViewer{Principal: p},
		ID:        p.CompanyID,
		Name:      p.CompanyName,
		Settings: sync.OnceValues(func() (company.Settings, error) {
			settings, err := r.Companies.Settings(ctx, p.CompanyID)
			return settings, companyGone(err)
		}),
	}
}

func toRole(role auth.Role) model.Role {
	if role == auth.Admin {
		return model.RoleAdmin
	}
	return model.RoleOperator
}
