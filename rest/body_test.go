package rest

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestABodyIsOneJSONObject(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"nothing", ``, errNoBody},
		{"white space", " \n\t", errNoBody},
		{"an empty object", `{}`, errNoBody},
		{"an empty list", `[ ]`, errNoBody},
		{"null", `null`, errNoBody},
		{"an empty string", `""`, errNoBody},
		{"zero", `0`, errNoBody},
		{"zero with a fraction", `-0.0`, errNoBody},
		{"a number that Python reads as zero", `1e-400`, errNoBody},
		{"false", `false`, errNoBody},
		{"a list", `[{"a":1}]`, errNotObject},
		{"a string", `"hola"`, errNotObject},
		{"a number", `1`, errNotObject},
		{"a number beyond float64", `1e400`, errNotObject},
		{"true", `true`, errNotObject},
		{"half an object", `{"a":`, errNotJSON},
		{"two objects", `{"a":1}{"a":1}`, errNotJSON},
		{"a comma too many", `{"a":1,}`, errNotJSON},
		{"NaN", `{"a":NaN}`, errNotJSON},
		{"Infinity", `{"a":-Infinity}`, errNotJSON},
		{"a comment", `{"a":1} // one`, errNotJSON},
		{"a space that JSON does not know", "{\"a\":1}\u00a0", errNotJSON},
		{"UTF-16", "{\x00\"\x00a\x00\"\x00:\x001\x00}\x00", errNotJSON},
		{"a byte order mark alone", "\xef\xbb\xbf", errNoBody},
		{"20,000 lists in each other", strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), errNotJSON},
		{"an object", `{"a":1}`, nil},
		{"an object behind a byte order mark", "\xef\xbb\xbf{\"a\":1}", nil},
		{"an object between white space", "\r\n {\"a\":1}\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			body, err := decodeBody([]byte(c.text))
			if c.want != nil {
				if !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
				return
			}
			if err != nil || body["a"] != json.Number("1") {
				t.Errorf("got %v, %v", body, err)
			}
		})
	}
}

func TestABodyIsSentAsJSON(t *testing.T) {
	for contentType, want := range map[string]error{
		"application/json":                     nil,
		"Application/JSON":                     nil,
		"application/json; charset=utf-8":      nil,
		"application/json;":                    nil,
		"application/json; charset":            nil,
		"":                                     errContentType,
		"text/plain":                           errContentType,
		"application/x-www-form-urlencoded":    errContentType,
		"application/jsonp":                    errContentType,
		"application/json, application/json":   errContentType,
		"multipart/form-data; boundary=x":      errContentType,
		"application/graphql-response+json":    errContentType,
		"application/json/extra; charset=utf8": errContentType,
	} {
		r := httptest.NewRequest(http.MethodPut, "/", strings.NewReader(`{"a":1}`))
		r.Header.Set("Content-Type", contentType)
		if _, err := readBody(r); !errors.Is(err, want) && (err != nil || want != nil) {
			t.Errorf("%q: got %v, want %v", contentType, err, want)
		}
	}
}
