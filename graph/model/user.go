// Package model contains the Go types of the schema. They are separate from database
// rows and filled field by field.
package model

import (
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/scalar"
)

// User is the schema's User.
type User struct {
	ForViewer
	ID                 uuid.UUID
	Email              string
	Role               Role
	CompanyID          uuid.UUID
	Company            Company
	ChangedPassword    *time.Time // nil for never
	MustChangePassword bool
}

// PasswordChangedAt is the schema's passwordChangedAt.
func (u *User) PasswordChangedAt(precision TimePrecision) *scalar.DateTime {
	if u.ChangedPassword == nil {
		return nil
	}
	at := scalar.NewDateTime(*u.ChangedPassword)
	if precision == TimePrecisionMicrosecond {
		at = at.WithMicroseconds()
	}
	return &at
}
