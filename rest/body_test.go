package rest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/stay-sidekick/profile-server/graph"
)

func TestBodyMustBeOneJSONObject(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"white space", " \n\t", errNoBody},
		{"an empty object", `{}`, errNoBody},
		{"an empty list", `[ ]`, errNoBody},
		{"null", `null`, errNoBody},
		{"an empty string", `""`, errNoBody},
		{"zero with a fraction", `-0.0`, errNoBody},
		{"a number that Python reads as zero", `1e-400`, errNoBody},
		{"false", `false`, errNoBody},
		{"a list", `[{"a":1}]`, errNotObject},
		{"a string", `"hola"`, errNotObject},
		{"a number", `1`, errNotObject},
		{"a number beyond float64", `1e400`, errNotObject},
		{"true", `true`, errNotObject},
		{"a truncated object", `{"a":`, errNotJSON},
		{"two objects", `{"a":1}{"a":1}`, errNotJSON},
		{"NaN", `{"a":NaN}`, errNotJSON},
		{"a space that is not JSON white space", "{\"a\":1}\u00a0", errNotJSON},
		{"a byte order mark alone", "\xef\xbb\xbf", errNoBody},
		{"20,000 nested lists", strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), errNotJSON},
		{"an object after a byte order mark", "\xef\xbb\xbf{\"a\":1}", nil},
		{"an object between white space", "\r\n {\"a\":1}\n", nil},
	} {
		body, err := decodeBody([]byte(c.text))
		if err != c.want || err == nil && body["a"] != json.Number("1") {
			t.Errorf("%s: got %v, %v, want %v", c.name, body, err, c.want)
		}
	}
}

func TestContentTypeMustBeJSONAndTheBodyComplete(t *testing.T) {
	for contentType, want := range map[string]error{
		"application/json":                  nil,
		"Application/JSON":                  nil,
		"application/json; charset":         nil,
		"":                                  errContentType,
		"application/jsonp":                 errContentType,
		"application/graphql-response+json": errContentType,
	} {
		r := httptest.NewRequest(http.MethodPut, "/", strings.NewReader(`{"a":1}`))
		r.Header.Set("Content-Type", contentType)
		if _, err := readBody(r); err != want {
			t.Errorf("%q: got %v, want %v", contentType, err, want)
		}
	}
	r := httptest.NewRequest(http.MethodPut, "/", io.MultiReader(strings.NewReader(`{"a":1}`), iotest.ErrReader(io.ErrUnexpectedEOF)))
	r.Header.Set("Content-Type", "application/json")
	if _, err := readBody(r); err != errUnreadable {
		t.Errorf("a truncated body: got %v", err)
	}
}

// FuzzBody checks that each route with a request body turns any body into variables
// that the schema accepts, or into an error.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `[]`, `null`, `0`, `-0.0`, `""`, `{"a":`, `{"a":1}{}`, "\xef\xbb\xbf{\"x\":1}",
		`{"email":" A@B.c ","password":"x","origen":"web"}`,
		`{"password_actual":"Correct-Horse-1","password_nueva":"12345678\ud800","password_confirm":null}`,
		`{"proveedor":"smoobu","api_key":"k"}`,
		`{"proveedor":"openai","modelo":"","api_key":""}`,
		`{"proveedor":"SMOOBU","api_key":["k"],"proveedor":{}}`,
		`{"col_id_externo":"3","col_nombre":4.0,"col_direccion":1e2,"col_ciudad":" +7 "}`,
		`{"col_id_externo":1e400,"col_nombre":1000000000000000000000000000000,"col_ciudad":null}`,
		`{"hora_corte":"20:00","col_nombre":"","col_telefono":null,"col_checkin":"zZ","col_email":"E"}`,
		`{"hora_corte":"٢٠:٠٠","":"","a: b":1,"` + "\xff" + `":"\u0000"}`,
		strings.Repeat(`{"a":`, 100) + `1` + strings.Repeat(`}`, 100),
	} {
		f.Add([]byte(seed))
	}
	schema := graph.Schema()
	loaded := make([]*document, len(routes))
	for i, rt := range routes {
		loaded[i] = mustLoad(f, rt.document)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for i, rt := range routes {
			doc := loaded[i]
			variables, err := coerceBody(rt, doc, string(text))
			if err != nil {
				if e, ok := errors.AsType[*httpError](err); !ok || e.status != 400 && e.status != 422 || len(e.messages) == 0 {
					t.Fatalf("got %#v", err)
				}
				continue
			}
			parsed := gqlparser.MustLoadQueryWithRules(schema, doc.text, rules.NewDefaultRules())
			coerced, err := validator.VariableValues(schema, parsed.Operations[0], variables)
			if err != nil {
				t.Fatalf("the schema rejects %v: %v", variables, err)
			}
			for _, v := range doc.variables {
				if value := coerced[v.Variable]; value != nil && !v.isEnum() {
					if err := v.check(value); err != nil {
						t.Errorf("%s: %v", v.Variable, err)
					}
				}
			}
		}
	})
}
