package account

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/db"
	"github.com/stay-sidekick/profile-server/internal/db/sqlc"
)

// userByEmail returns the user with an e-mail address in lower case or, without one,
// as typed. It returns a zero row when there is none.
func (s *Service) userByEmail(ctx context.Context, email string) (sqlc.UserByEmailRow, error) {
	user, err := s.config.DB.Queries().UserByEmail(ctx, sqlc.UserByEmailParams{LowerCase: strings.ToLower(email), Typed: email})
	if errors.Is(err, db.ErrNotFound) {
		return sqlc.UserByEmailRow{}, nil
	}
	return user, err
}

// findUser is userByEmail, but it also finds an address that differs in case. It may
// scan the table. It fails with ErrNoSuchUser or ErrAmbiguousEmail.
func (s *Service) findUser(ctx context.Context, email string) (id uuid.UUID, stored string, err error) {
	user, err := s.userByEmail(ctx, email)
	if err != nil || user.ID != uuid.Nil {
		return user.ID, user.Email, err
	}
	others, err := s.notNormalized(ctx, strings.ToLower(email))
	switch {
	case err != nil:
		return uuid.Nil, "", err
	case len(others) == 0:
		return uuid.Nil, "", ErrNoSuchUser
	case len(others) > 1:
		return uuid.Nil, "", ErrAmbiguousEmail
	}
	return others[0].ID, others[0].Email, nil
}

// EmailsNotNormalized returns the stored e-mail addresses that are not trimmed and in
// lower case. Seeds and imports can leave such addresses. It scans the table.
func (s *Service) EmailsNotNormalized(ctx context.Context) (emails []string, err error) {
	users, err := s.notNormalized(ctx, "")
	for _, u := range users {
		emails = append(emails, u.Email)
	}
	return emails, err
}

// notNormalized returns the users whose stored address is not trimmed and in lower case:
// all, or those with one normalized address. It scans the table. It decides in Go, because
// lower of PostgreSQL depends on the locale of the database.
func (s *Service) notNormalized(ctx context.Context, email string) (users []sqlc.UsersWithUnusualEmailRow, err error) {
	err = s.config.DB.InLongTx(ctx, func(q *sqlc.Queries) (err error) {
		users, err = q.UsersWithUnusualEmail(ctx)
		return err
	})
	return slices.DeleteFunc(users, func(u sqlc.UsersWithUnusualEmailRow) bool {
		normalized := strings.ToLower(strings.TrimSpace(u.Email))
		return normalized == u.Email || email != "" && normalized != email
	}), err
}
