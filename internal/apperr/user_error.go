package apperr

// UserErrorCode says why a well-formed mutation was refused. The values are
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

// UserError is what only the data can tell: the request was well formed and
// allowed, nothing was changed. It becomes an entry of the payload's
// userErrors, and 422 in REST.
type UserError struct {
	Code UserErrorCode
	// Field is the path of the argument that was refused, starting with the
	// argument's name ("input", "apiKey"); empty when no single one is at fault.
	Field   []string
	Message string
}

func (e *UserError) Error() string { return e.Message }

// NewUserError makes a UserError of the argument with the given path.
func NewUserError(code UserErrorCode, message string, field ...string) *UserError {
	return &UserError{Code: code, Field: field, Message: message}
}
