package apperr

// UserErrorCode is the reason for a UserError. The values are those of the schema's
// enum UserErrorCode.
type UserErrorCode string

const (
	InvalidCredentials UserErrorCode = "INVALID_CREDENTIALS"
	WrongPassword      UserErrorCode = "WRONG_PASSWORD"
	SamePassword       UserErrorCode = "SAME_PASSWORD"
	PasswordMismatch   UserErrorCode = "PASSWORD_MISMATCH"
	WeakPassword       UserErrorCode = "WEAK_PASSWORD"
	KeyRequired        UserErrorCode = "KEY_REQUIRED"
	Conflict           UserErrorCode = "CONFLICT"
	NotConfigured      UserErrorCode = "NOT_CONFIGURED"
	InvalidKey         UserErrorCode = "INVALID_KEY"
	NotApplicable      UserErrorCode = "NOT_APPLICABLE"
	AccountIDRequired  UserErrorCode = "ACCOUNT_ID_REQUIRED"
	KeyNotDecryptable  UserErrorCode = "KEY_NOT_DECRYPTABLE"
)

// UserError rejects a valid and permitted mutation because of the stored data; the
// mutation changed nothing. It becomes an entry of the payload's userErrors. In
// REST it becomes status 422, or 401 for InvalidCredentials.
type UserError struct {
	Code UserErrorCode
	// Field is the path of the rejected argument or input field, such as "input",
	// "apiKey"; empty if the error is not about a single one.
	Field []string
}

// NewUserError returns a UserError for the argument with the given path.
func NewUserError(code UserErrorCode, field ...string) *UserError {
	return &UserError{Code: code, Field: field}
}

// Error returns the English text.
func (e *UserError) Error() string { return e.Text(English) }

// Text returns the text in a language.
func (e *UserError) Text(l Language) string { return userErrorMessages[e.Code].In(l) }
