package testload

import (
	"fmt"
	"strings"

	"github.com/stay-sidekick/profile-server/internal/audit"
)

// register is something of a company that can be saved again and again.
type register struct {
	kind audit.Kind
	// value is what the save with the number n stores: another one each time.
	value func(n int) []field

	mutation, input string // in the schema
	path            string // of the REST route
	// stored reads what is stored, as JSON with the legacy names.
	stored string
}

// field is a value with its name in the schema and in the legacy routes.
type field struct {
	name, legacy string
	value        any    // string or int
	group        string // the input object in the schema that it belongs in
}

// registers are all that the profile area can save.
var registers = []register{
	{
		kind: audit.ApartmentColumnsSaved, mutation: "saveApartmentColumns", input: "SaveApartmentColumnsInput",
		path:   "/api/perfil/xlsx-apartamentos",
		stored: `select configuracion -> 'xlsx_apartamentos' from empresas where id = $1`,
		value: func(n int) []field {
			return []field{
				{name: "externalId", legacy: "col_id_externo", value: n % columns},
				{name: "name", legacy: "col_nombre", value: n / columns % columns},
				{name: "address", legacy: "col_direccion", value: n / columns / columns % columns},
				{name: "city", legacy: "col_ciudad", value: 7},
			}
		},
	},
	{
		kind: audit.LateCheckInConfigSaved, mutation: "saveLateCheckInConfig", input: "SaveLateCheckInConfigInput",
		path:   "/api/perfil/notificaciones-tardio-config",
		stored: `select configuracion -> 'notificaciones_tardias' from empresas where id = $1`,
		value: func(n int) []field {
			return []field{
				{name: "cutoff", legacy: "hora_corte", value: fmt.Sprintf("%02d:%02d", n/60%24, n%60)},
				{name: "phone", legacy: "col_telefono", value: letters(n / (24 * 60)), group: "columns"},
			}
		},
	},
	{
		kind: audit.PMSIntegrationSet, mutation: "setPmsIntegration", input: "SetPmsIntegrationInput",
		path:   "/api/perfil/integraciones/pms",
		stored: `select jsonb_build_object('proveedor', proveedor, 'api_key', api_key_cifrada) from configuracion_pms where empresa_id = $1`,
		value: func(n int) []field {
			return []field{
				{name: "provider", legacy: "proveedor", value: []string{"smoobu", "beds24", "hostaway", "cloudbeds"}[n%4]},
				{name: "apiKey", legacy: "api_key", value: fmt.Sprintf("test-pms-key-%d", n)},
			}
		},
	},
	{
		kind: audit.AIIntegrationSet, mutation: "setAiIntegration", input: "SetAiIntegrationInput",
		path:   "/api/perfil/integraciones/ia",
		stored: `select jsonb_build_object('proveedor', proveedor, 'modelo', modelo, 'api_key', api_key_cifrada) from configuracion_ia where empresa_id = $1`,
		value: func(n int) []field {
			return []field{
				{name: "provider", legacy: "proveedor", value: []string{"gemini", "openai", "claude"}[n%3]},
				{name: "model", legacy: "modelo", value: fmt.Sprintf("model-%d", n)},
				{name: "apiKey", legacy: "api_key", value: fmt.Sprintf("test-ai-key-%d", n)},
			}
		},
	},
}

// columns is how many values a ColumnIndex has.
const columns = 201

// letters gives A, B, … Z for 0 to 25, and so on from A.
func letters(n int) string { return string(rune('A' + n%26)) }

// legacyBody is the body of a save over REST.
func legacyBody(value []field) map[string]any {
	body := map[string]any{}
	for _, f := range value {
		body[f.legacy] = f.value
	}
	return body
}

// operation is the body of a save over GraphQL.
func (r register) operation(value []field) map[string]any {
	input := map[string]any{}
	for _, f := range value {
		into := input
		if f.group != "" {
			into = map[string]any{}
			input[f.group] = into
		}
		into[f.name] = f.value
		if f.name == "provider" {
			into[f.name] = strings.ToUpper(f.value.(string))
		}
	}
	return map[string]any{
		"query":     fmt.Sprintf("mutation ($input: %s!) { save: %s(input: $input) { userErrors { code } } }", r.input, r.mutation),
		"variables": map[string]any{"input": input},
	}
}
