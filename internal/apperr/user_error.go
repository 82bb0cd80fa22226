package apperr

// UserErrorCode says why a well-formed mutation was rejected. The values are
// those of the schema's enum UserErrorCode.
type UserErrorCode string

const (
	InvalidCredentials UserErrorCode = "INVALID_CREDENTIALS"
	WrongPassword      UserErrorCode = "WRONG_PASSWORD"
	SamePassword       UserErrorCode = "SAME_PASSWORD"
	PasswordMismatch   UserErrorCode = "PASSWORD_MISMATCH"
	WeakPassword       UserErrorCode = "WEAK_PASSWORD"
	KeyRequired        UserErrorCode = "KEY_REQUIRED"
	Conflict           UserErrorCode = "CONFLICT"
)

// UserError rejects a well-formed and permitted mutation because of the stored
// data. Nothing was changed. It becomes an entry of the payload's userErrors, and
// 422 in REST.
type UserError struct {
	Code UserErrorCode
	// Field is the path of the rejected argument, starting with the argument's
	// name ("input", "apiKey"); empty when no single argument is at fault.
	Field []string
}

// NewUserError returns a UserError of the argument with the given path.
func NewUserError(code UserErrorCode, field ...string) *UserError {
	return &UserError{Code: code, Field: field}
}

// Error returns the English text.
func (e *UserError) Error() string { return e.Text(English) }

// Text returns the text in a language.
func (e *UserError) Text(l Language) string { return userErrorMessages[e.Code].In(l) }
