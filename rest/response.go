package rest

import "strings"

// loginResponse returns the members of the response to a sign-in.
func loginResponse(data object) object {
	login := data["login"].(object)
	return object{
		"token":                 login["token"],
		"debe_cambiar_password": login["user"].(object)["debe_cambiar_password"],
	}
}

// companyResponse returns the fields that the document selects from the company.
func companyResponse(data object) object {
	return data["me"].(object)["company"].(object)
}

func profileResponse(data object) object {
	user := data["data"].(object)
	user["rol"] = legacyRoles[user["rol"]]
	user["password_changed_at"] = legacyTime(user["password_changed_at"])
	return data
}

var legacyRoles = map[any]string{"ADMIN": "admin", "OPERATOR": "operativo"}

// legacyTime formats a time as Python's isoformat does: with an offset, and with
// microseconds only when they are not zero. It returns nil for null.
func legacyTime(at any) any {
	text, ok := at.(string)
	if !ok {
		return nil
	}
	return strings.TrimSuffix(strings.TrimSuffix(text, "Z"), ".000000") + "+00:00"
}

// integrationsResponse writes the names of providers in lower case.
func integrationsResponse(data object) object {
	company := companyResponse(data)
	for _, name := range []string{"pms", "ia"} {
		integration := company["data"].(object)[name].(object)
		if provider, ok := integration["proveedor"].(string); ok {
			integration["proveedor"] = strings.ToLower(provider)
		}
	}
	return company
}

// lateCheckInResponse moves the columns beside hora_corte. An unset column is "".
func lateCheckInResponse(data object) object {
	company := companyResponse(data)
	config := company["config"].(object)
	for name, letters := range config["columns"].(object) {
		if letters == nil {
			letters = ""
		}
		config[name] = letters
	}
	delete(config, "columns")
	return company
}
