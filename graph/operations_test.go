package graph_test

import (
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// The mutations, each with one variable for its input.
const (
	loginMutation = `mutation($input: LoginInput!) {
		p: login(input: $input) { token user { id companyId } userErrors { code field } } }`
	changePasswordMutation = `mutation($input: ChangePasswordInput!) {
		p: changePassword(input: $input) { token user { id companyId mustChangePassword passwordChangedAt } userErrors { code field } } }`
	setPmsMutation = `mutation($input: SetPmsIntegrationInput!) {
		p: setPmsIntegration(input: $input) { check { ...check } company { ...integrations } userErrors { code field } } }` + integrationsFragment + checkFragment
	removePmsMutation = `mutation {
		p: removePmsIntegration { company { ...integrations } userErrors { code field } } }` + integrationsFragment
	setAiMutation = `mutation($input: SetAiIntegrationInput!) {
		p: setAiIntegration(input: $input) { check { ...check } company { ...integrations } userErrors { code field } } }` + integrationsFragment + checkFragment
	testPmsMutation = `mutation($input: TestPmsIntegrationInput) {
		p: testPmsIntegration(input: $input) { check { ...check } company { ...integrations } userErrors { code field } } }` + integrationsFragment + checkFragment
	testAiMutation = `mutation($input: TestAiIntegrationInput) {
		p: testAiIntegration(input: $input) { check { ...check } company { ...integrations } userErrors { code field } } }` + integrationsFragment + checkFragment
	removeAiMutation = `mutation {
		p: removeAiIntegration { company { ...integrations } userErrors { code field } } }` + integrationsFragment
	saveApartmentMutation = `mutation($input: SaveApartmentColumnsInput!) {
		p: saveApartmentColumns(input: $input) { company { ...configuration } userErrors { code field } } }` + configurationFragment
	saveLateCheckInMutation = `mutation($input: SaveLateCheckInConfigInput!) {
		p: saveLateCheckInConfig(input: $input) { company { ...configuration } userErrors { code field } } }` + configurationFragment
)

const integrationsFragment = `
	fragment integrations on Company {
		id
		integrations {
			pms { configured provider }
			ai { configured provider model usesSharedTier }
			google { configured }
		}
	}`

const configurationFragment = `
	fragment configuration on Company {
		id
		apartmentColumns { externalId name address city }
		lateCheckIn { cutoff columns { guestName checkIn arrivalTime phone apartment } }
	}`

const checkFragment = `
	fragment check on ConnectionCheck { status reason message account models modelAvailable }`

const everything = `{ me {
	id email role companyId passwordChangedAt mustChangePassword
	company {
		id name
		integrations {
			pms { configured provider updatedAt }
			ai { configured provider model usesSharedTier updatedAt }
			google { configured }
		}
		apartmentColumns { externalId name address city }
		lateCheckIn { cutoff columns { guestName checkIn arrivalTime phone apartment } }
	}
} }`

// newPassword is a valid password that no user has.
const newPassword = "Another-Horse-2"

func credentials(email, password string) object {
	return inputOf(object{"email": email, "password": password})
}

// change returns the variables of a password change.
func change(current, to string) object {
	return inputOf(object{"currentPassword": current, "newPassword": to})
}

// confirmed returns the variables of a password change with a confirmation.
func confirmed(current, to string, again any) object {
	return inputOf(object{"currentPassword": current, "newPassword": to, "newPasswordConfirmation": again})
}

// access is the access directive of a field.
type access int

const (
	anyone access = iota
	signedIn
	administrator
)

// rootField is a field of Query or Mutation with a valid operation.
type rootField struct {
	access    access
	operation string
	input     func(testserver.People) object // the variable input, nil for none
	changes   bool                           // rows of the caller's company
}

func (f rootField) variables(p testserver.People) object {
	if f.input == nil {
		return nil
	}
	return object{"input": f.input(p)}
}

func fixed(input object) func(testserver.People) object {
	return func(testserver.People) object { return input }
}

// rootFields has an element for every field of Query and Mutation.
var rootFields = map[string]rootField{
	"Query.me": {access: signedIn, operation: "{ p: me { id companyId company { id } } }"},
	"Mutation.login": {
		access: anyone, operation: loginMutation,
		input: func(p testserver.People) object { return object{"email": p.Admin.Email, "password": testdb.Password} },
	},
	"Mutation.changePassword": {
		access: signedIn, operation: changePasswordMutation, changes: true,
		input: fixed(object{"currentPassword": testdb.Password, "newPassword": newPassword}),
	},
	"Mutation.setPmsIntegration": {
		access: administrator, operation: setPmsMutation, changes: true,
		input: fixed(object{"provider": "BEDS24", "apiKey": "a-new-key"}),
	},
	"Mutation.removePmsIntegration": {access: administrator, operation: removePmsMutation, changes: true},
	"Mutation.setAiIntegration": {
		access: administrator, operation: setAiMutation, changes: true,
		input: fixed(object{"provider": "CLAUDE", "apiKey": "a-new-key"}),
	},
	"Mutation.testPmsIntegration": {
		access: administrator, operation: testPmsMutation, input: fixed(object{"provider": "BEDS24", "apiKey": "a-new-key"}),
	},
	"Mutation.testAiIntegration": {
		access: administrator, operation: testAiMutation, input: fixed(object{"provider": "CLAUDE", "apiKey": "a-new-key"}),
	},
	"Mutation.removeAiIntegration": {access: administrator, operation: removeAiMutation, changes: true},
	"Mutation.saveApartmentColumns": {
		access: administrator, operation: saveApartmentMutation, changes: true,
		input: fixed(object{"externalId": 1, "name": 2}),
	},
	"Mutation.saveLateCheckInConfig": {
		access: administrator, operation: saveLateCheckInMutation, changes: true,
		input: fixed(object{"cutoff": "21:30"}),
	},
}
