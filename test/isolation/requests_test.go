package isolation_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/stay-sidekick/profile-server/internal/testdb"
	"github.com/stay-sidekick/profile-server/internal/testserver"
)

const everything = `id name
	integrations { pms { provider updatedBy keyFingerprint version } ai { provider model updatedBy version } google { configured } }
	apartmentColumns { externalId version } lateCheckIn { cutoff columns { phone } version }`

// request is one of the things that a user can do.
type request struct {
	name, method, path string
	body               func(own tenant, self testdb.UserRow, number int) any
}

func graphql(name, query string, variables func(own tenant, number int) map[string]any) request {
	return request{name, http.MethodPost, "/graphql", func(own tenant, _ testdb.UserRow, number int) any {
		body := map[string]any{"query": query}
		if variables != nil {
			body["variables"] = variables(own, number)
		}
		return body
	}}
}

func rest(method, path string, body func(own tenant, self testdb.UserRow, number int) any) request {
	return request{method + " " + path, method, path, body}
}

var requests = []request{
	graphql("me", `{ me { id email companyId company { `+everything+` auditLog(first: 100) { nodes { id actor changes { field old new } } } } } }`, nil),
	graphql("set PMS", `mutation($k: ApiKey!) { setPmsIntegration(input: {provider: SMOOBU, apiKey: $k}) { company { `+everything+` } userErrors { code } } }`,
		func(own tenant, n int) map[string]any {
			return map[string]any{"k": own.mark() + string(rune('a'+n%26))}
		}),
	graphql("remove PMS", `mutation { removePmsIntegration { company { `+everything+` } } }`, nil),
	graphql("set AI", `mutation($m: ModelName, $k: ApiKey) { setAiIntegration(input: {provider: OPENAI, model: $m, apiKey: $k}) { company { `+everything+` } userErrors { code } } }`,
		func(own tenant, n int) map[string]any {
			return map[string]any{"m": own.mark() + string(rune('a'+n%26)), "k": own.mark()}
		}),
	graphql("remove AI", `mutation { removeAiIntegration { company { `+everything+` } } }`, nil),
	graphql("columns", `mutation($n: ColumnIndex!) { saveApartmentColumns(input: {externalId: $n, name: 1}) { company { `+everything+` } } }`,
		func(_ tenant, n int) map[string]any { return map[string]any{"n": n} }),
	graphql("late", `mutation($t: LocalTime!) { saveLateCheckInConfig(input: {cutoff: $t}) { company { `+everything+` } } }`,
		func(_ tenant, n int) map[string]any { return map[string]any{"t": "2" + string(rune('0'+n%4)) + ":00"} }),
	rest(http.MethodGet, "/api/perfil", nil),
	rest(http.MethodGet, "/api/perfil/integraciones", nil),
	rest(http.MethodGet, "/api/perfil/xlsx-apartamentos", nil),
	rest(http.MethodGet, "/api/perfil/notificaciones-tardio-config", nil),
	rest(http.MethodDelete, "/api/perfil/integraciones/pms", nil),
	rest(http.MethodPut, "/api/perfil/integraciones/ia", func(own tenant, _ testdb.UserRow, n int) any {
		return map[string]any{"proveedor": "claude", "modelo": own.mark() + string(rune('a'+n%26)), "api_key": own.mark()}
	}),
	rest(http.MethodPut, "/api/perfil/xlsx-apartamentos", func(_ tenant, _ testdb.UserRow, n int) any {
		return map[string]any{"col_id_externo": n, "col_nombre": 2}
	}),
	rest(http.MethodPost, "/api/auth/login", func(_ tenant, self testdb.UserRow, _ int) any {
		return map[string]any{"email": self.Email, "password": testdb.Password}
	}),
}

// act lets a user of the company make a request, sometimes with a token that
// claims another company, and returns the answer.
func act(t *testing.T, r *rapid.T, server *testserver.Server, tenants []tenant, own int) string {
	self := rapid.SampledFrom(tenants[own].users).Draw(r, "user")
	claims := self
	claims.CompanyID = rapid.SampledFrom(tenants).Draw(r, "claimed company").company.ID
	claims.Role = rapid.SampledFrom([]string{"admin", "operativo"}).Draw(r, "claimed role")
	q := requests[rapid.IntRange(0, len(requests)-1).Draw(r, "request")]

	var body io.Reader
	if q.body != nil {
		text, err := json.Marshal(q.body(tenants[own], self, rapid.IntRange(0, 200).Draw(r, "number")))
		if err != nil {
			r.Fatal(err)
		}
		body = strings.NewReader(string(text))
	}
	call, err := http.NewRequest(q.method, server.URL+q.path, body)
	if err != nil {
		r.Fatal(err)
	}
	call.Header.Set("Content-Type", "application/json")
	answer := server.Request(t, call, server.Token(t, claims))
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		r.Fatal(err)
	}
	if answer.StatusCode >= http.StatusInternalServerError {
		r.Fatalf("%s: %d %s", q.name, answer.StatusCode, text)
	}
	return string(text)
}
