package rest

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// coerceBody converts a body as a request to the route does.
func coerceBody(rt route, doc *document, text string) (object, error) {
	body, err := decodeBody([]byte(text))
	if err != nil {
		return nil, err
	}
	return (&endpoint{route: rt, document: doc}).coerce(body)
}

// messages returns the messages of an error, nil for none.
func messages(err error) []string {
	if e, ok := errors.AsType[*httpError](err); ok {
		return e.messages
	}
	return nil
}

func routeOf(t testing.TB, document string) route {
	t.Helper()
	i := slices.IndexFunc(routes, func(rt route) bool { return rt.document == document })
	if i < 0 {
		t.Fatalf("no route has the document %s", document)
	}
	return routes[i]
}

func TestInvalidFieldsHaveMessagesInSpanish(t *testing.T) {
	const providers = "debe ser uno de estos valores: smoobu, beds24, hostaway, cloudbeds."
	for _, c := range []struct {
		document, body string
		want           []string
	}{
		{"password", `{"password_actual":null,"password_confirm":""}`, []string{"password_actual: no puede ser null.",
			"password_nueva: es obligatorio.", "password_confirm: debe tener de 1 a 128 caracteres."}},
		{"password", "{\"password_actual\":true,\"password_nueva\":\"12345678\xff\",\"Password_Nueva\":1}", []string{"password_actual: debe ser un texto.",
			"password_nueva: debe ser un texto Unicode válido, sin U+0000 ni U+FFFD.", "Password_Nueva: campo desconocido."}},
		{"pms_put", `{"proveedor":"Smoobu","api_key":""}`, []string{"proveedor: " + providers, "api_key: debe tener de 1 a 500 caracteres."}},
		{"pms_put", `{"proveedor":"ſmoobu","api_key":" \u200b"}`, []string{"proveedor: " + providers, "api_key: debe tener de 1 a 500 caracteres."}},
		{"pms_put", `{"proveedor":["smoobu"],"api_key":"k"}`, []string{"proveedor: " + providers}},
		{"ia_put", `{"proveedor":"openai","api_key":"   "}`, []string{"api_key: debe tener de 1 a 500 caracteres."}},
		{"xlsx_put", `{"col_id_externo":201,"col_nombre":3.5,"col_ciudad":null}`, []string{"col_id_externo: debe ser un número de 0 a 200.",
			"col_nombre: debe ser un número entero.", "col_ciudad: no puede ser null."}},
		{"tardio_put", `{"zeta":1,"col_telefono":null,"hora_corte":"24:00","alfa":null}`, []string{"hora_corte: debe ser una hora HH:MM, de 00:00 a 23:59.",
			"col_telefono: debe ser una columna de la A a la ZZ (una o dos letras) o quedar sin asignar.", "alfa: campo desconocido.", "zeta: campo desconocido."}},
		{"tardio_put", `{"hora_corte":"20:00","col_nombre":""}`, nil},
		{"login", `{"origen":"web","email":"ana"}`, []string{"email: debe ser una dirección de correo electrónico.", "password: es obligatorio."}},
	} {
		if _, err := coerceBody(routeOf(t, c.document), mustLoad(t, c.document), c.body); !slices.Equal(messages(err), c.want) {
			t.Errorf("%s with %s: got %q, want %q", c.document, c.body, messages(err), c.want)
		}
	}
}

func TestReportedUnknownFieldsAreBounded(t *testing.T) {
	doc := mustLoad(t, "tardio_put")
	long := strings.Repeat("ñ", 64)
	body := object{"hora_corte": "20:00", long: 1, long + "o": 1}
	_, err := doc.coerce(body, false)
	if want := []string{long + ": campo desconocido.", long + "…: campo desconocido."}; !slices.Equal(messages(err), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	for i := range 1000 {
		body[strconv.Itoa(10000+i)] = i
	}
	_, err = doc.coerce(body, false)
	got := messages(err)
	if len(got) != 11 || got[0] != "10000: campo desconocido." || got[10] != "Otros campos desconocidos: 992." {
		t.Errorf("got %q", got)
	}
}

const rangeSchema = `
	directive @authenticated on FIELD_DEFINITION
	directive @range(min: Int!, max: Int!) on ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION
	type Query { list(first: Int! @range(min: 1, max: 9), in: Outer, free: Int): List @authenticated }
	type List { pages(count: Int @range(min: 3, max: 7)): Int }
	input Outer { inner: [Inner] }
	input Inner { size: Int @range(min: -5, max: 5) }`

func TestRangeOfTheSchemaIsChecked(t *testing.T) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: rangeSchema})
	doc, err := parse(`query($a: Int!, $b: Int, $c: Int) { list(first: $a, in: {inner: [{size: $b}]}) { pages(count: $c) } }`, schema)
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string][]string{
		`{"a":1,"b":-5,"c":3}`:                nil,
		`{"a":9,"b":5,"c":7}`:                 nil,
		`{"a":1,"b":null}`:                    nil,
		`{"a":0,"b":-6,"c":2}`:                {"a: debe ser un número de 1 a 9.", "b: debe ser un número de -5 a 5.", "c: debe ser un número de 3 a 7."},
		`{"a":10,"b":6,"c":8}`:                {"a: debe ser un número de 1 a 9.", "b: debe ser un número de -5 a 5.", "c: debe ser un número de 3 a 7."},
		`{"a":"3","b":1.0}`:                   {"a: debe ser un número entero.", "b: debe ser un número entero."},
		`{"a":99999999999999999999,"b":true}`: {"a: debe ser un número de 1 a 9.", "b: debe ser un número entero."},
	} {
		if _, err := coerceBody(route{}, doc, body); !slices.Equal(messages(err), want) {
			t.Errorf("%s: got %q, want %q", body, messages(err), want)
		}
	}
	if _, err := parse(`query($a: Int) { list(first: 1, free: $a) { pages } }`, schema); err == nil || !strings.Contains(err.Error(), "@range") {
		t.Errorf("an integer without @range: %v", err)
	}
}
