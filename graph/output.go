package graph

import (
	"context"
	"sync"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/graph/model"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/company"
)

func (r *Resolver) toUser(p *auth.Principal) model.User {
	return model.User{
		ID:                 p.UserID,
		Email:              p.Email,
		Role:               toRole(p.Role),
		CompanyID:          p.CompanyID,
		CompanyName:        p.CompanyName,
		ChangedPassword:    p.PasswordChangedAt,
		MustChangePassword: auth.MustChangePassword(p.PasswordChangedAt, r.Now()),
	}
}

// toCompany reads the settings when the first field asks for them, and once
// for all fields of this object.
func (r *Resolver) toCompany(ctx context.Context, id uuid.UUID, name string) model.Company {
	return model.Company{
		ID:   id,
		Name: name,
		Settings: sync.OnceValues(func() (company.Settings, error) {
			settings, err := r.Companies.Settings(ctx, id)
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
