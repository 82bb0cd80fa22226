package graph

import (
	"strings"
	"sync"
	"time"

	"github.com/stay-sidekick/profile-server/graph/model"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/company"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/scalar"
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

func (r *Resolver) toIntegrations(s company.Settings) model.Integrations {
	pms, ai := s.PMS(), s.AI()
	return model.Integrations{
		Pms: model.PmsIntegration{
			Connection: r.toConnection(pms),
			Provider:   toProvider[model.PmsProvider](pms.Provider),
		},
		Ai: model.AiIntegration{
			Connection:     r.toConnection(ai),
			Provider:       toProvider[model.AiProvider](ai.Provider),
			Model:          ai.Model,
			UsesSharedTier: !ai.Configured,
		},
		Google: model.GoogleIntegration{Configured: s.GoogleConfigured()},
	}
}

func (r *Resolver) toConnection(i company.Integration) model.Connection {
	return model.Connection{
		Configured: i.Configured,
		UpdatedAt:  toDateTime(i.UpdatedAt),
		UpdatedBy:  i.UpdatedBy,
		Version:    string(i.Version),
		KeyStatus:  sync.OnceValue(func() company.KeyStatus { return r.Companies.KeyStatus(i) }),
	}
}

// toProvider returns nil for a stored provider that is not in the schema.
func toProvider[P model.Provider](stored string) *P {
	p := P(strings.ToUpper(stored))
	if !p.IsValid() {
		return nil
	}
	return &p
}

func toDateTime(t *time.Time) *scalar.DateTime {
	if t == nil {
		return nil
	}
	return new(scalar.NewDateTime(*t))
}

// toApartmentColumns returns nil for columns that were never saved.
func toApartmentColumns(s company.Settings) *model.ApartmentColumns {
	columns, version := s.ApartmentColumns()
	if columns == nil {
		return nil
	}
	return &model.ApartmentColumns{
		ExternalID: columns.ExternalID, Name: columns.Name, Address: columns.Address, City: columns.City,
		Version: string(version),
	}
}

func toLateCheckIn(s company.Settings) model.LateCheckInConfig {
	config, version := s.LateCheckIn()
	return model.LateCheckInConfig{
		Cutoff:  config.Cutoff,
		Version: string(version),
		Columns: model.LateCheckInColumns{ // both services store "" for no column
			GuestName:   db.NilIfZero(config.GuestName),
			CheckIn:     db.NilIfZero(config.CheckIn),
			ArrivalTime: db.NilIfZero(config.ArrivalTime),
			Phone:       db.NilIfZero(config.Phone),
			Apartment:   db.NilIfZero(config.Apartment),
		},
	}
}

func toRole(role auth.Role) model.Role {
	if role == auth.Admin {
		return model.RoleAdmin
	}
	return model.RoleOperator
}
