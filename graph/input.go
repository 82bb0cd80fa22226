package graph

import (
	"strings"

	"github.com/stay-sidekick/profile-server/graph/model"
	"github.com/stay-sidekick/profile-server/internal/account"
	"github.com/stay-sidekick/profile-server/internal/company"
	"github.com/stay-sidekick/profile-server/internal/connection"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/scalar"
)

func fromChangePassword(in model.ChangePasswordInput) account.PasswordChange {
	change := account.PasswordChange{Current: in.CurrentPassword.Reveal(), New: in.NewPassword.Reveal()}
	if in.NewPasswordConfirmation != nil {
		change.Confirmation = new(in.NewPasswordConfirmation.Reveal())
	}
	return change
}

// fromProvider returns a provider as both services store it.
func fromProvider[P model.Provider](p P) string { return strings.ToLower(string(p)) }

func fromPms(provider model.PmsProvider, key scalar.ApiKey, secret *scalar.ApiKey, account *scalar.AccountId) connection.Credentials {
	return connection.Credentials{
		Provider: fromProvider(provider),
		Key:      key.Reveal(),
		Secret:   db.ZeroIfNil(secret).Reveal(),
		Account:  string(db.ZeroIfNil(account)),
	}
}

func fromSetPms(in model.SetPmsIntegrationInput) company.Change {
	return company.Change{Credentials: fromPms(in.Provider, in.APIKey, in.APISecret, in.AccountID), Verify: in.Verify}
}

// fromTestPms returns nil for the stored connection.
func fromTestPms(in *model.TestPmsIntegrationInput) *connection.Credentials {
	if in == nil {
		return nil
	}
	return new(fromPms(in.Provider, in.APIKey, in.APISecret, in.AccountID))
}

// fromTestAi returns nil for the stored connection.
func fromTestAi(in *model.TestAiIntegrationInput) (c *connection.Credentials, modelName *string) {
	if in == nil {
		return nil, nil
	}
	return &connection.Credentials{Provider: fromProvider(in.Provider), Key: in.APIKey.Reveal()}, (*string)(in.Model)
}

func fromSetAi(in model.SetAiIntegrationInput) company.Change {
	key, keyGiven := in.APIKey.ValueOK()
	modelName, modelGiven := in.Model.ValueOK()
	return company.Change{
		Credentials: connection.Credentials{Provider: fromProvider(in.Provider), Key: db.ZeroIfNil(key).Reveal()},
		KeepKey:     !keyGiven,
		Model:       (*string)(modelName),
		KeepModel:   !modelGiven,
		Verify:      in.Verify,
	}
}

func fromApartmentColumns(in model.SaveApartmentColumnsInput) company.ApartmentColumns {
	return company.ApartmentColumns{ExternalID: in.ExternalID, Name: in.Name, Address: in.Address, City: in.City}
}

func fromLateCheckIn(in model.SaveLateCheckInConfigInput) company.LateCheckIn {
	columns := db.ZeroIfNil(in.Columns)
	return company.LateCheckIn{
		Cutoff:      in.Cutoff,
		GuestName:   db.ZeroIfNil(columns.GuestName),
		CheckIn:     db.ZeroIfNil(columns.CheckIn),
		ArrivalTime: db.ZeroIfNil(columns.ArrivalTime),
		Phone:       db.ZeroIfNil(columns.Phone),
		Apartment:   db.ZeroIfNil(columns.Apartment),
	}
}
