package problem

// RefusalCode says why a well-formed mutation was refused. The values are
// those of the schema's enum UserErrorCode.
type RefusalCode string

const (
	InvalidCredentials RefusalCode = "INVALID_CREDENTIALS"
	WrongPassword      RefusalCode = "WRONG_PASSWORD"
	SamePassword       RefusalCode = "SAME_PASSWORD"
	PasswordMismatch   RefusalCode = "PASSWORD_MISMATCH"
	WeakPassword       RefusalCode = "WEAK_PASSWORD"
	KeyRequired        RefusalCode = "KEY_REQUIRED"
	Conflict           RefusalCode = "CONFLICT"
)

// Refusal is what only the data can tell: the request was well formed and
// allowed, nothing was changed. It becomes an entry of the payload's
// userErrors, and 422 in REST.
type Refusal struct {
	Code RefusalCode
	// Field is the path of the argument that was refused, starting with the
	// argument's name ("input", "apiKey"); empty when no single one is at fault.
	Field   []string
	Message string
}

func (r *Refusal) Error() string { return r.Message }

// Refuse makes a Refusal of the input field with the given name.
func Refuse(code RefusalCode, message string, field ...string) *Refusal {
	return &Refusal{Code: code, Field: field, Message: message}
}
