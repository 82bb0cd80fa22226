package account

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// The errors of the commands that manage accounts.
var (
	ErrEmailTaken       = errors.New("an account with this e-mail address exists already, maybe in other upper and lower case")
	ErrCompanyTaken     = errors.New("a company with this e-mail address exists already")
	ErrNoSuchUser       = errors.New("no account has this e-mail address")
	ErrNoSuchCompany    = errors.New("no company has this name or id")
	ErrAmbiguousEmail   = errors.New("several accounts have this e-mail address in other upper and lower case: give it as it is stored")
	ErrAmbiguousCompany = errors.New("several companies have this name: give the id instead")
	ErrSlowReset        = errors.New("the database was slow: the password was changed, but a session may still be valid; run the command again")
)

// NewUser is an account to create. It gets a temporary password, which the user
// must change.
type NewUser struct {
	Email string // trimmed and in lower case
	Role  auth.Role
}

// CreateCompany creates a company and its first administrator. It returns the
// company's id and the administrator's temporary password. It fails with
// ErrCompanyTaken or ErrEmailTaken.
func (s *Service) CreateCompany(ctx context.Context, name, adminEmail string) (id uuid.UUID, password string, err error) {
	if err := s.checkEmailFree(ctx, adminEmail); err != nil {
		return uuid.Nil, "", err
	}
	password, hash, err := s.temporaryPassword(ctx)
	if err != nil {
		return uuid.Nil, "", err
	}
	// Only the Python service uses the company's password column. It gets the hash
	// of a random password that is discarded.
	_, unusableHash, err := s.temporaryPassword(ctx)
	if err != nil {
		return uuid.Nil, "", err
	}
	id = uuid.New()
	err = s.config.DB.InTx(ctx, func(q *sqlc.Queries) error {
		err := q.CompanyCreate(ctx, sqlc.CompanyCreateParams{ID: id, Name: name, Email: adminEmail, PasswordHash: unusableHash})
		if err != nil {
			return err
		}
		return createUser(ctx, q, id, NewUser{Email: adminEmail, Role: auth.Admin}, hash)
	})
	return id, password, duplicateError(err)
}

// CreateUser creates an account in the company with the given id or name. It
// returns its temporary password. It fails with ErrNoSuchCompany,
// ErrAmbiguousCompany or ErrEmailTaken.
func (s *Service) CreateUser(ctx context.Context, company string, user NewUser) (password string, err error) {
	companyID, err := s.findCompany(ctx, company)
	if err != nil {
		return "", err
	}
	if err := s.checkEmailFree(ctx, user.Email); err != nil {
		return "", err
	}
	password, hash, err := s.temporaryPassword(ctx)
	if err != nil {
		return "", err
	}
	err = s.config.DB.InTx(ctx, func(q *sqlc.Queries) error { return createUser(ctx, q, companyID, user, hash) })
	return password, duplicateError(err)
}

// checkEmailFree fails with ErrEmailTaken when an account has the address in another
// form. The unique index rejects the same form.
func (s *Service) checkEmailFree(ctx context.Context, email string) error {
	others, err := s.notNormalized(ctx, email)
	if err == nil && len(others) > 0 {
		err = ErrEmailTaken
	}
	return err
}

func createUser(ctx context.Context, q *sqlc.Queries, company uuid.UUID, user NewUser, hash string) error {
	err := q.UserCreate(ctx, sqlc.UserCreateParams{
		ID: uuid.New(), CompanyID: company, Email: user.Email, PasswordHash: hash, Role: string(user.Role),
	})
	if err != nil {
		return err
	}
	return audit.Record(ctx, q, audit.Entry{Kind: audit.AccountCreated, CompanyID: company, Changes: []audit.Change{
		{Field: "email", New: &user.Email},
		{Field: "role", New: new(string(user.Role))},
	}})
}

func (s *Service) findCompany(ctx context.Context, nameOrID string) (uuid.UUID, error) {
	if id, err := uuid.Parse(nameOrID); err == nil {
		id, err = s.config.DB.Queries().CompanyByID(ctx, id)
		if errors.Is(err, db.ErrNotFound) {
			err = ErrNoSuchCompany
		}
		return id, err
	}
	ids, err := s.config.DB.Queries().CompanyIDByName(ctx, nameOrID)
	switch {
	case err != nil:
		return uuid.Nil, err
	case len(ids) == 0:
		return uuid.Nil, ErrNoSuchCompany
	case len(ids) > 1:
		return uuid.Nil, ErrAmbiguousCompany
	}
	return ids[0], nil
}

func (s *Service) temporaryPassword(ctx context.Context) (password, hash string, err error) {
	password = auth.TemporaryPassword()
	hash, err = s.config.Hasher.Hash(ctx, auth.Requester{Reserved: true}, password)
	return password, hash, err
}

func duplicateError(err error) error {
	switch {
	case errors.Is(err, db.ErrDuplicateCompany):
		return ErrCompanyTaken
	case errors.Is(err, db.ErrDuplicate):
		return ErrEmailTaken
	}
	return err
}
