package isolation_test

import "net/http"

// requests are all operations of both APIs.
var requests = []request{
	graphql("me", `{ me {`+userFields+` } }`, nil),
	graphql("an audit page after any company's entry", auditPage, func(s requestInput) map[string]any {
		page := map[string]any{"n": 1 + s.number%100}
		if len(s.seen.cursors) > 0 {
			page["after"] = s.seen.cursors[s.number%len(s.seen.cursors)]
		}
		return page
	}),
	graphql("an audit page of one kind", auditPage, func(s requestInput) map[string]any {
		return map[string]any{"n": 100, "kinds": []string{"PMS_INTEGRATION_SET", "SIGN_IN_REFUSED"}[s.number%2]}
	}),
	graphql("set PMS", `mutation($k: ApiKey!, $v: String) { setPmsIntegration(input: {provider: SMOOBU, apiKey: $k, expectedVersion: $v}) { company { `+everything+` } userErrors { code } } }`,
		func(s requestInput) map[string]any { return map[string]any{"k": s.text()} }).withVersion(pmsVersion),
	graphql("remove PMS", `mutation { removePmsIntegration { company { `+everything+` } } }`, nil),
	graphql("set AI", `mutation($m: ModelName, $k: ApiKey, $v: String) { setAiIntegration(input: {provider: OPENAI, model: $m, apiKey: $k, expectedVersion: $v}) { company { `+everything+` } userErrors { code } } }`,
		func(s requestInput) map[string]any { return map[string]any{"m": s.text(), "k": s.own.mark()} }).withVersion(aiVersion),
	graphql("remove AI", `mutation { removeAiIntegration { company { `+everything+` } } }`, nil),
	graphql("save columns", `mutation($n: ColumnIndex!, $v: String) { saveApartmentColumns(input: {externalId: $n, name: 1, expectedVersion: $v}) { company { `+everything+` } userErrors { code } } }`,
		func(s requestInput) map[string]any { return map[string]any{"n": s.own.column(s.number)} }).withVersion(columnsVersion),
	graphql("save late check-in", `mutation($t: LocalTime!, $v: String) { saveLateCheckInConfig(input: {cutoff: $t, expectedVersion: $v}) { company { `+everything+` } userErrors { code } } }`,
		func(s requestInput) map[string]any { return map[string]any{"t": s.own.cutoff(s.number)} }).withVersion(lateVersion),
	graphql("change the password", changePassword, func(s requestInput) map[string]any {
		return map[string]any{"old": s.self.Password, "new": s.newPassword()}
	}).settingPassword("new"),
	graphql("change the password, refused", changePassword, func(s requestInput) map[string]any {
		return map[string]any{"old": wrongPassword, "new": s.newPassword()}
	}),
	graphql("sign in", login, func(s requestInput) map[string]any { return map[string]any{"e": s.self.Email, "p": s.self.Password} }).withAnyToken(),
	graphql("sign in, refused", login, func(s requestInput) map[string]any { return map[string]any{"e": s.self.Email, "p": wrongPassword} }).withAnyToken(),

	rest(http.MethodGet, "/api/perfil", nil),
	rest(http.MethodPut, "/api/perfil/password", func(s requestInput) map[string]any {
		return map[string]any{"password_actual": s.self.Password, "password_nueva": s.newPassword(), "password_confirm": s.newPassword()}
	}).settingPassword("password_nueva"),
	rest(http.MethodPut, "/api/perfil/password", func(s requestInput) map[string]any {
		return map[string]any{"password_actual": wrongPassword, "password_nueva": s.newPassword()}
	}).named("PUT /api/perfil/password, refused"),
	rest(http.MethodGet, "/api/perfil/integraciones", nil),
	rest(http.MethodPut, "/api/perfil/integraciones/pms", func(s requestInput) map[string]any {
		return map[string]any{"proveedor": "hostaway", "api_key": s.text()}
	}),
	rest(http.MethodDelete, "/api/perfil/integraciones/pms", nil),
	rest(http.MethodPut, "/api/perfil/integraciones/ia", func(s requestInput) map[string]any {
		return map[string]any{"proveedor": "claude", "modelo": s.text(), "api_key": s.own.mark()}
	}),
	rest(http.MethodDelete, "/api/perfil/integraciones/ia", nil),
	rest(http.MethodGet, "/api/perfil/xlsx-apartamentos", nil),
	rest(http.MethodPut, "/api/perfil/xlsx-apartamentos", func(s requestInput) map[string]any {
		return map[string]any{"col_id_externo": s.own.column(s.number), "col_nombre": 2}
	}),
	rest(http.MethodGet, "/api/perfil/notificaciones-tardio-config", nil),
	rest(http.MethodPut, "/api/perfil/notificaciones-tardio-config", func(s requestInput) map[string]any {
		return map[string]any{"hora_corte": s.own.cutoff(s.number), "col_telefono": "AB"}
	}),
	rest(http.MethodPost, "/api/auth/login", func(s requestInput) map[string]any {
		return map[string]any{"email": s.self.Email, "password": s.self.Password}
	}).withAnyToken(),
	rest(http.MethodPost, "/api/auth/login", func(s requestInput) map[string]any {
		return map[string]any{"email": s.self.Email, "password": wrongPassword}
	}).withAnyToken().named("POST /api/auth/login, refused"),
}
