package testload

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// responseTimeout is much longer than the timeouts of the server.
const responseTimeout = 30 * time.Second

// call is a request of the load.
type call struct {
	method, path string
	token        string // "" for none
	body         string // JSON, "" for none
	contains     string // must be in a successful response
	// alsoAccepted makes an unsuccessful response that contains it count as
	// Answered; "" for none.
	alsoAccepted string
}

// graphQL returns an operation with one input, nil for none.
func graphQL(query string, input object) call {
	return call{method: http.MethodPost, path: "/graphql", body: encode(object{"query": query, "variables": object{"input": input}})}
}

func encode(body object) string {
	text, _ := json.Marshal(body) // strings and numbers cannot fail
	return string(text)
}

// send sends a request and classifies the response. text is the response, or the
// error without one.
func (c call) send(client *http.Client, url string) (o Outcome, text string) {
	r, err := testserver.TrySend(client, c.token, c.method, url+c.path, c.body)
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return Refused, err.Error()
	}
	if err != nil {
		return Cut, err.Error()
	}
	switch {
	case r.Status == http.StatusServiceUnavailable, strings.Contains(r.Body, `"code":"UNAVAILABLE"`):
		o = Unavailable
	case c.alsoAccepted != "" && strings.Contains(r.Body, c.alsoAccepted):
		o = Answered
	case r.Status != http.StatusOK, !json.Valid([]byte(r.Body)), strings.Contains(r.Body, `"errors":`),
		strings.Contains(r.Body, `"userErrors":[{`), !strings.Contains(r.Body, c.contains):
		o = Wrong
	}
	return o, r.Body
}

type object = map[string]any

// register is a setting of a company that is saved repeatedly.
type register struct {
	kind     audit.Kind
	path     string // of the REST route
	mutation string
	// body and input return the REST body and the GraphQL input of save number n,
	// which differ from those of the saves before.
	body, input func(n int) object
	// stored selects the stored value by the field names of the audit log, with
	// the ciphertext of an API key.
	stored string
}

// registers are all settings of the profile area.
var registers = []register{
	{
		kind: audit.ApartmentColumnsSaved, path: "/api/perfil/xlsx-apartamentos", mutation: "saveApartmentColumns",
		body: func(n int) object {
			return object{"col_id_externo": n % columns, "col_nombre": n / columns % columns, "col_direccion": 5, "col_ciudad": 7}
		},
		input: func(n int) object {
			return object{"externalId": n % columns, "name": n / columns % columns, "address": 5, "city": 7}
		},
		stored: `select jsonb_build_object('externalId', x ->> 'col_id_externo', 'name', x ->> 'col_nombre',
			'address', x ->> 'col_direccion', 'city', x ->> 'col_ciudad')
			from (select configuracion -> 'xlsx_apartamentos' as x from empresas where id = $1) e where x is not null`,
	},
	{
		kind: audit.LateCheckInConfigSaved, path: "/api/perfil/notificaciones-tardio-config", mutation: "saveLateCheckInConfig",
		body:  func(n int) object { return object{"hora_corte": clock(n), "col_telefono": letter(n)} },
		input: func(n int) object { return object{"cutoff": clock(n), "columns": object{"phone": letter(n)}} },
		stored: `select jsonb_build_object('cutoff', x ->> 'hora_corte', 'phone', x ->> 'col_telefono')
			from (select configuracion -> 'notificaciones_tardias' as x from empresas where id = $1) e where x is not null`,
	},
	{
		kind: audit.PMSIntegrationSet, path: "/api/perfil/integraciones/pms", mutation: "setPmsIntegration",
		body:   func(n int) object { return object{"proveedor": strings.ToLower(pms(n)), "api_key": key("pms", n)} },
		input:  func(n int) object { return object{"provider": pms(n), "apiKey": key("pms", n)} },
		stored: `select jsonb_build_object('provider', proveedor, 'apiKey', api_key_cifrada) from configuracion_pms where empresa_id = $1`,
	},
	{
		kind: audit.AIIntegrationSet, path: "/api/perfil/integraciones/ia", mutation: "setAiIntegration",
		body: func(n int) object {
			return object{"proveedor": strings.ToLower(ai(n)), "modelo": key("model", n), "api_key": key("ai", n)}
		},
		input: func(n int) object { return object{"provider": ai(n), "model": key("model", n), "apiKey": key("ai", n)} },
		stored: `select jsonb_build_object('provider', proveedor, 'model', modelo, 'apiKey', api_key_cifrada)
			from configuracion_ia where empresa_id = $1`,
	},
}

// columns is the number of values of a ColumnIndex.
const columns = 201

func clock(n int) string          { return fmt.Sprintf("%02d:%02d", n/60%24, n%60) }
func letter(n int) string         { return string(rune('A' + n/(24*60)%26)) }
func pms(n int) string            { return []string{"SMOOBU", "BEDS24", "HOSTAWAY", "CLOUDBEDS"}[n%4] }
func ai(n int) string             { return []string{"GEMINI", "OPENAI", "CLAUDE"}[n%3] }
func key(of string, n int) string { return fmt.Sprintf("test-%s-%d", of, n) }

func (r register) overREST(n int) call {
	return call{method: http.MethodPut, path: r.path, body: encode(r.body(n))}
}

func (r register) overGraphQL(n int) call {
	const document = "mutation ($input: %s%sInput!) { save: %s(input: $input) { userErrors { code } } }"
	return graphQL(fmt.Sprintf(document, strings.ToUpper(r.mutation[:1]), r.mutation[1:], r.mutation), r.input(n))
}
