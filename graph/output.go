package graph

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/stay-sidekick/profile-server/graph/model"
	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/company"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/scalar"
)

func (r *Resolver) toUser(ctx context.Context, p *auth.Principal) model.User {
	role := model.RoleOperator
	if p.IsAdmin() {
		role = model.RoleAdmin
	}
	return model.User{
		ForViewer:          model.ForViewer{Principal: p},
		ID:                 p.UserID,
		Email:              p.Email,
		Role:               role,
		CompanyID:          p.CompanyID,
		Company:            r.toCompany(ctx, p),
		ChangedPassword:    p.PasswordChangedAt,
		MustChangePassword: auth.MustChangePassword(p.PasswordChangedAt, r.Now()),
	}
}

func (r *Resolver) toCompany(ctx context.Context, p *auth.Principal) model.Company {
	return model.Company{
		ForViewer: model.ForViewer{Principal: p},
		ID:        p.CompanyID,
		Name:      p.CompanyName,
		Settings: sync.OnceValues(func() (company.Settings, error) {
			settings, err := r.Companies.Settings(ctx, p.CompanyID)
			return settings, companyDeleted(err)
		}),
	}
}

func (r *Resolver) toIntegrations(ctx context.Context, viewer model.ForViewer, s company.Settings) model.Integrations {
	pms, ai := s.Integration(company.PMS), s.Integration(company.AI)
	checks := sync.OnceValues(func() (company.LastChecks, error) { return r.Companies.LastChecks(ctx, pms) })
	return model.Integrations{
		Pms: model.PmsIntegration{
			Connection: r.toConnection(viewer, pms, checks),
			Provider:   toProvider[model.PmsProvider](pms.Provider),
			AccountID:  pms.AccountID,
		},
		Ai: model.AiIntegration{
			Connection:     r.toConnection(viewer, ai, checks),
			Provider:       toProvider[model.AiProvider](ai.Provider),
			Model:          ai.Model,
			UsesSharedTier: !ai.Configured,
		},
		Google: model.GoogleIntegration{Configured: s.GoogleConfigured()},
	}
}

func (r *Resolver) toConnection(viewer model.ForViewer, i company.Integration, checks func() (company.LastChecks, error)) model.Connection {
	return model.Connection{
		ForViewer:   viewer,
		Configured:  i.Configured,
		UpdatedAt:   toDateTime(i.UpdatedAt),
		UpdatedBy:   i.UpdatedBy,
		Version:     string(i.Version),
		Integration: i,
		LastChecks:  checks,
		KeyStatus:   sync.OnceValue(func() company.KeyStatus { return r.Companies.KeyStatus(i) }),
	}
}

func toLastCheck(ctx context.Context, c model.Connection) (*model.ConnectionCheck, error) {
	checks, err := c.LastChecks()
	return toConnectionCheck(ctx, c.Principal, checks.Of(c.Integration)), err
}

// toConnectionCheck returns nil for no check, and for one of a later release whose
// status or reason is not in the schema. Only an administrator gets the account label,
// which may be an e-mail address.
func toConnectionCheck(ctx context.Context, viewer *auth.Principal, c *company.Check) *model.ConnectionCheck {
	if c == nil || !model.ConnectionStatus(c.Status).IsValid() {
		return nil
	}
	check := &model.ConnectionCheck{
		Status:         model.ConnectionStatus(c.Status),
		Message:        checkMessage(c).In(apperr.LanguageOf(ctx)),
		CheckedAt:      scalar.NewDateTime(c.At),
		DurationMs:     int(c.Duration.Milliseconds()),
		Models:         c.Models,
		ModelAvailable: c.ModelAvailable(),
	}
	if c.Reason != "" {
		if check.Reason = new(model.ConnectionReason(c.Reason)); !check.Reason.IsValid() {
			return nil
		}
	}
	if viewer.IsAdmin() {
		check.Account = db.NilIfZero(c.Account)
	}
	return check
}

func checkMessage(c *company.Check) apperr.Message {
	switch {
	case c.Skipped():
		return apperr.KeyNotChecked
	case c.SecretMissing:
		return apperr.SecretMayBeMissing
	case c.Reason == "":
		return apperr.KeyAccepted
	}
	return apperr.ReasonMessages[string(c.Reason)]
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
