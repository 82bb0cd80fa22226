package rest

import "strings"

// session answers a sign-in.
func session(data object) object {
	login := data["login"].(object)
	return object{
		"token":                 login["token"],
		"debe_cambiar_password": login["user"].(object)["debe_cambiar_password"],
	}
}

// company answers what the document asks of the company.
func company(data object) object {
	return data["me"].(object)["company"].(object)
}

func profile(data object) object {
	user := data["data"].(object)
	user["rol"] = legacyRole(user["rol"].(string))
	user["password_changed_at"] = legacyTime(user["password_changed_at"])
	return data
}

func legacyRole(role string) string {
	if role == "OPERATOR" {
		return "operativo"
	}
	return strings.ToLower(role)
}

// legacyTime writes a moment as Python's isoformat does: with an offset, and
// with microseconds only when they are not zero.
func legacyTime(at any) any {
	text, ok := at.(string)
	if !ok {
		return nil
	}
	return strings.TrimSuffix(strings.TrimSuffix(text, "Z"), ".000000") + "+00:00"
}

func integrations(data object) object {
	answer := company(data)
	for _, name := range []string{"pms", "ia"} {
		service := answer["data"].(object)[name].(object)
		if provider, ok := service["proveedor"].(string); ok {
			service["proveedor"] = strings.ToLower(provider)
		}
	}
	return answer
}

// lateCheckIn lists the columns beside the time, those that are not set as "".
func lateCheckIn(data object) object {
	answer := company(data)
	config := answer["config"].(object)
	for name, letters := range config["columns"].(object) {
		if letters == nil {
			letters = ""
		}
		config[name] = letters
	}
	delete(config, "columns")
	return answer
}
