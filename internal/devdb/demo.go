package devdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// DemoAccount is an account that FillDemo creates.
type DemoAccount struct {
	Company  string
	Role     auth.Role
	Email    string
	Password string
}

// Label returns the account's label in the playground.
func (a DemoAccount) Label() string {
	title := "Operator"
	if a.Role == auth.Admin {
		title = "Administrator"
	}
	return title + " of " + a.Company
}

// DemoAccounts are an administrator and an operator of each company.
var DemoAccounts = []DemoAccount{
	{"Casa Azul", auth.Admin, "admin@casa-azul.example", "demo-casa-azul-admin"},
	{"Casa Azul", auth.Operator, "operator@casa-azul.example", "demo-casa-azul-operator"},
	{"Villa Verde", auth.Admin, "admin@villa-verde.example", "demo-villa-verde-admin"},
	{"Villa Verde", auth.Operator, "operator@villa-verde.example", "demo-villa-verde-operator"},
}

// demoHashCost is low because the passwords are public.
const demoHashCost = 4

// FillDemo creates the demo companies and accounts that do not exist yet, and does
// not change existing ones.
func FillDemo(ctx context.Context, d *db.DB, now time.Time) error {
	hasher, err := auth.NewHasher(demoHashCost)
	if err != nil {
		return err
	}
	for _, account := range DemoAccounts {
		hash, err := hasher.Hash(ctx, auth.Requester{}, account.Password)
		if err != nil {
			return err
		}
		err = d.InTx(ctx, func(q *sqlc.Queries) error { return createDemoAccount(ctx, q, account, hash, now) })
		if err != nil {
			return fmt.Errorf("demo account %s: %w", account.Email, err)
		}
	}
	return nil
}

func createDemoAccount(ctx context.Context, q *sqlc.Queries, account DemoAccount, hash string, now time.Time) error {
	_, err := q.UserByEmail(ctx, sqlc.UserByEmailParams{LowerCase: account.Email, Typed: account.Email})
	if !errors.Is(err, db.ErrNotFound) {
		return err
	}
	companies, err := q.CompanyIDByName(ctx, account.Company)
	if err != nil {
		return err
	}
	user := sqlc.UserCreateParams{
		ID: uuid.New(), CompanyID: uuid.New(), Email: account.Email, PasswordHash: hash, Role: string(account.Role),
	}
	if len(companies) > 0 {
		user.CompanyID = companies[0]
	} else if err := q.CompanyCreate(ctx, sqlc.CompanyCreateParams{
		ID: user.CompanyID, Name: account.Company, Email: account.Email, PasswordHash: hash,
	}); err != nil {
		return err
	}
	if err := q.UserCreate(ctx, user); err != nil {
		return err
	}
	return q.UserPasswordUpdate(ctx, sqlc.UserPasswordUpdateParams{ID: user.ID, PasswordHash: hash, ChangedAt: now})
}
