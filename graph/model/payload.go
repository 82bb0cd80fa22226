package model

// SessionPayload is the payload of login and changePassword.
type SessionPayload struct {
	Token      *string
	User       *User
	UserErrors []UserError
}

// CompanyPayload is the payload of every change of a company. Check is nil unless an
// API key was checked.
type CompanyPayload struct {
	Check      *ConnectionCheck
	Company    *Company
	UserErrors []UserError
}
