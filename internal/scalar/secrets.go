package scalar

import (
	"io"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

const (
	passwordMaxLength    = 128
	newPasswordMinLength = 8
	// bcrypt ignores what follows the 72nd byte, so more would be a promise
	// that the hash does not keep.
	newPasswordMaxBytes = 72
	apiKeyMaxLength     = 500
)

// Password is a password to be compared with the stored one, 1 to 128
// characters. Input only.
type Password struct{ secret }

// UnmarshalGQL checks v.
func (p *Password) UnmarshalGQL(v any) error {
	s, err := textWithin(v, 1, passwordMaxLength)
	if err != nil {
		return err
	}
	p.secret = conceal(s)
	return nil
}

// MarshalGQL writes null: the schema has it only in input types.
func (p Password) MarshalGQL(w io.Writer) { p.writeNull(w) }

// NewPassword is a password to be stored, 8 to 128 characters and at most 72
// bytes. Input only.
type NewPassword struct{ secret }

// UnmarshalGQL checks v.
func (p *NewPassword) UnmarshalGQL(v any) error {
	s, err := textWithin(v, newPasswordMinLength, passwordMaxLength)
	if err != nil {
		return err
	}
	if len(s) > newPasswordMaxBytes {
		return rejected(apperr.MustHaveBytesUpTo, newPasswordMaxBytes)
	}
	p.secret = conceal(s)
	return nil
}

// MarshalGQL writes null: the schema has it only in input types.
func (p NewPassword) MarshalGQL(w io.Writer) { p.writeNull(w) }

// ApiKey is a key of a PMS or AI provider, 1 to 500 characters. Input only.
type ApiKey struct{ secret }

// UnmarshalGQL checks v.
func (k *ApiKey) UnmarshalGQL(v any) error {
	s, err := textWithin(v, 1, apiKeyMaxLength)
	if err != nil {
		return err
	}
	k.secret = conceal(s)
	return nil
}

// MarshalGQL writes null: the schema has it only in input types.
func (k ApiKey) MarshalGQL(w io.Writer) { k.writeNull(w) }
