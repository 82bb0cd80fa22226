package rest

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// coerceBody converts a body as a request to the route of the document does.
func coerceBody(t testing.TB, document, text string) (object, error) {
	t.Helper()
	for _, rt := range routes {
		if rt.document != document {
			continue
		}
		body, err := decodeBody([]byte(text))
		if err != nil {
			return nil, err
		}
		if rt.normalize != nil {
			rt.normalize(body)
		}
		return mustLoad(t, document).coerce(body, rt.lenient)
	}
	t.Fatalf("no route has the document %s", document)
	return nil, nil
}

func TestInvalidFieldHasAMessageInSpanish(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	for _, c := range []struct{ document, body, want string }{
		{"password", `{"password_nueva":"Battery-Staple-2"}`, "password_actual: es obligatorio."},
		{"password", `{"password_actual":null,"password_nueva":"Battery-Staple-2"}`, "password_actual: no puede ser null."},
		{"password", `{"password_actual":true,"password_nueva":"Battery-Staple-2"}`, "password_actual: debe ser un texto."},
		{"password", `{"password_actual":"` + long(129) + `","password_nueva":"Battery-Staple-2"}`, "password_actual: debe tener de 1 a 128 caracteres."},
		{"password", `{"password_actual":"x","password_nueva":"1234567"}`, "password_nueva: debe tener de 8 a 128 caracteres."},
		{"password", `{"password_actual":"x","password_nueva":"` + long(73) + `"}`, "password_nueva: es demasiado larga: debe ocupar como máximo 72 bytes"},
		{"password", `{"password_actual":"x","password_nueva":"12345678\u0000"}`, "password_nueva: debe ser un texto Unicode válido"},
		{"password", `{"password_actual":"x","password_nueva":"12345678\ud800"}`, "password_nueva: debe ser un texto Unicode válido"},
		{"password", "{\"password_actual\":\"x\",\"password_nueva\":\"12345678\xff\"}", "password_nueva: debe ser un texto Unicode válido"},
		{"password", `{"password_actual":"x","password_nueva":"Battery-Staple-2","password_confirm":""}`, "password_confirm: debe tener de 1 a 128 caracteres."},
		{"password", `{"password_actual":"x","password_nueva":"Battery-Staple-2","extra":1}`, "extra: campo desconocido."},
		{"password", `{"password_actual":"x","password_nueva":"Battery-Staple-2","Password_Nueva":"y"}`, "Password_Nueva: campo desconocido."},
		{"pms_put", `{"proveedor":"SMOOBU","api_key":"k"}`, "proveedor: debe ser uno de estos valores: smoobu, beds24, hostaway, cloudbeds."},
		{"pms_put", `{"proveedor":"Smoobu","api_key":"k"}`, "proveedor: debe ser uno"},
		{"pms_put", `{"proveedor":"ſmoobu","api_key":"k"}`, "proveedor: debe ser uno"},
		{"pms_put", `{"proveedor":["smoobu"],"api_key":"k"}`, "proveedor: debe ser uno"},
		{"pms_put", `{"proveedor":"smoobu","api_key":""}`, "api_key: debe tener de 1 a 500 caracteres."},
		{"pms_put", `{"proveedor":"smoobu","api_key":"` + long(501) + `"}`, "api_key: debe tener de 1 a 500 caracteres."},
		{"pms_put", `{"proveedor":"smoobu","api_key":" \u200b"}`, "api_key: debe tener de 1 a 500 caracteres."},
		{"ia_put", `{"proveedor":"openai","api_key":"   "}`, "api_key: debe tener de 1 a 500 caracteres."},
		{"ia_put", `{"proveedor":"mistral"}`, "proveedor: debe ser uno de estos valores: default, gemini, openai, claude."},
		{"ia_put", `{"proveedor":"openai","modelo":"` + long(101) + `"}`, "modelo: debe tener como máximo 100 caracteres."},
		{"ia_put", `{"proveedor":"openai","modelo":4}`, "modelo: debe ser un texto."},
		{"xlsx_put", `{"col_id_externo":201,"col_nombre":1}`, "col_id_externo: debe ser un número de 0 a 200."},
		{"xlsx_put", `{"col_id_externo":-1,"col_nombre":1}`, "col_id_externo: debe ser un número de 0 a 200."},
		{"xlsx_put", `{"col_id_externo":3.5,"col_nombre":1}`, "col_id_externo: debe ser un número entero."},
		{"xlsx_put", `{"col_id_externo":true,"col_nombre":1}`, "col_id_externo: debe ser un número entero."},
		{"xlsx_put", `{"col_id_externo":1,"col_nombre":1,"col_ciudad":null}`, "col_ciudad: no puede ser null."},
		{"tardio_put", `{"hora_corte":"24:00"}`, "hora_corte: debe ser una hora HH:MM, de 00:00 a 23:59."},
		{"tardio_put", `{"hora_corte":"20:00","col_nombre":"ABC"}`, "col_nombre: debe ser una columna de la A a la ZZ (una o dos letras) o quedar sin asignar."},
		{"tardio_put", `{"hora_corte":"20:00","col_nombre":null}`, "col_nombre: debe ser una columna"},
		{"tardio_put", `{"hora_corte":"20:00","col_email":null}`, "col_email: campo desconocido."},
		{"login", `{"email":"` + long(250) + `@b.es","password":"x"}`, "email: debe tener como máximo 254 caracteres."},
		{"login", `{"email":"a@b.c","password":""}`, "password: debe tener de 1 a 128 caracteres."},
		{"login", `{"email":"a@b.c","password":1}`, "password: debe ser un texto."},
		{"login", `{"origen":"web","password":"x"}`, "email: es obligatorio."},
		{"login", `{"email":"ana","password":"x"}`, "email: debe ser una dirección de correo electrónico."},
	} {
		_, err := coerceBody(t, c.document, c.body)
		if err == nil {
			t.Errorf("%s accepted %s", c.document, c.body)
			continue
		}
		if e := toHTTPError(err); e.status != 422 || len(e.messages) != 1 || !strings.HasPrefix(e.messages[0], c.want) {
			t.Errorf("%s rejected %s with %d %q, want 422 %q", c.document, c.body, e.status, e.messages, c.want)
		}
	}
}

func TestAllInvalidFieldsAreReportedAtOnce(t *testing.T) {
	_, err := coerceBody(t, "tardio_put", `{"zeta":1,"col_telefono":"123","hora_corte":"99","alfa":null,"col_nombre":7}`)
	var fields []string
	for _, message := range toHTTPError(err).messages {
		field, _, _ := strings.Cut(message, ": ")
		fields = append(fields, field)
	}
	if want := []string{"hora_corte", "col_nombre", "col_telefono", "alfa", "zeta"}; !slices.Equal(fields, want) {
		t.Errorf("got %q, want %q", fields, want)
	}
}

func TestReportedUnknownFieldsAreBounded(t *testing.T) {
	body := object{"hora_corte": "20:00", strings.Repeat("ñ", 64): 1, strings.Repeat("ñ", 65) + "o": 1}
	for i := range 1000 {
		body[strconv.Itoa(10000+i)] = i
	}
	_, err := mustLoad(t, "tardio_put").coerce(body, false)
	messages := toHTTPError(err).messages
	if len(messages) != 11 || messages[0] != "10000: campo desconocido." || messages[10] != "Otros campos desconocidos: 992." {
		t.Errorf("got %q", messages)
	}
	for i := range 1000 {
		delete(body, strconv.Itoa(10000+i))
	}
	_, err = mustLoad(t, "tardio_put").coerce(body, false)
	want := []string{strings.Repeat("ñ", 64) + ": campo desconocido.", strings.Repeat("ñ", 64) + "…: campo desconocido."}
	if messages := toHTTPError(err).messages; !slices.Equal(messages, want) {
		t.Errorf("got %q, want %q", messages, want)
	}
}

func TestValidBodyBecomesVariables(t *testing.T) {
	for _, c := range []struct {
		name, document, body string
		want                 object
	}{
		{"a provider in lower case", "pms_put", `{"proveedor":"beds24","api_key":"k"}`, object{"proveedor": "BEDS24", "api_key": "k"}},
		{"absent fields stay absent", "ia_put", `{"proveedor":"openai"}`, object{"proveedor": "OPENAI"}},
		{"an empty API key is null", "ia_put", `{"proveedor":"openai","api_key":"","modelo":""}`, object{"proveedor": "OPENAI", "api_key": nil, "modelo": ""}},
		{"a null optional field stays null", "ia_put", `{"proveedor":"openai","api_key":null,"modelo":null}`, object{"proveedor": "OPENAI", "api_key": nil, "modelo": nil}},
		{"a null confirmation stays null", "password", `{"password_actual":"a","password_nueva":"12345678","password_confirm":null}`, object{"password_actual": "a", "password_nueva": "12345678", "password_confirm": nil}},
		{"an empty column is null", "tardio_put", `{"hora_corte":"20:00","col_nombre":"","col_telefono":"zZ"}`, object{"hora_corte": "20:00", "col_nombre": nil, "col_telefono": "zZ"}},
		{"integers as text and with a fraction", "xlsx_put", `{"col_id_externo":"3","col_nombre":4.0}`, object{"col_id_externo": json.Number("3"), "col_nombre": json.Number("4")}},
		{"an unknown field of a sign-in is ignored", "login", `{"email":"a@b","password":"x","origen":{"web":[]}}`, object{"email": "a@b", "password": "x"}},
		{"the last value of a duplicate key", "pms_put", `{"proveedor":"x","proveedor":"smoobu","api_key":null,"api_key":"k"}`, object{"proveedor": "SMOOBU", "api_key": "k"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := coerceBody(t, c.document, c.body)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %v, %v, want %v", got, err, c.want)
			}
		})
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
	for _, body := range []string{`{"a":1,"b":-5,"c":3}`, `{"a":9,"b":5,"c":7}`, `{"a":1,"b":null}`} {
		if _, err := coerceText(t, doc, body); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
	for body, want := range map[string][]string{
		`{"a":0,"b":-6,"c":2}`:                {"a: debe ser un número de 1 a 9.", "b: debe ser un número de -5 a 5.", "c: debe ser un número de 3 a 7."},
		`{"a":10,"b":6,"c":8}`:                {"a: debe ser un número de 1 a 9.", "b: debe ser un número de -5 a 5.", "c: debe ser un número de 3 a 7."},
		`{"a":"3","b":1.0}`:                   {"a: debe ser un número entero.", "b: debe ser un número entero."},
		`{"a":4294967297}`:                    {"a: debe ser un número de 1 a 9."},
		`{"a":99999999999999999999,"b":true}`: {"a: debe ser un número de 1 a 9.", "b: debe ser un número entero."},
	} {
		if _, err := coerceText(t, doc, body); err == nil || !slices.Equal(toHTTPError(err).messages, want) {
			t.Errorf("%s: got %v, want %q", body, err, want)
		}
	}
	if _, err := parse(`query($a: Int) { list(first: 1, free: $a) { pages } }`, schema); err == nil || !strings.Contains(err.Error(), "@range") {
		t.Errorf("an integer without @range: %v", err)
	}
}

func coerceText(t *testing.T, doc *document, text string) (object, error) {
	t.Helper()
	body, err := decodeBody([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc.coerce(body, false)
}
