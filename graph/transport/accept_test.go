package transport_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestAcceptChoosesTheMediaType(t *testing.T) {
	h := newHandler(t, hello)
	for accept, want := range map[string]string{
		"":                                 typeJSON,
		"*/*":                              typeJSON,
		"application/*":                    typeJSON,
		"application/json":                 typeJSON,
		"application/json; charset=utf-8":  typeJSON,
		"APPLICATION/JSON":                 typeJSON,
		"text/html, */*;q=0.8":             typeJSON,
		"application/json; charset=utf8":   typeJSON,
		`application/json;profile="a,b"`:   typeJSON,
		`application/json;profile="a\",b"`: typeJSON,
		`text/html;a="b,c", application/graphql-response+json;profile="d,e"`:                typeResponse,
		"application/graphql-response+json":                                                 typeResponse,
		"application/graphql-response+json; charset=UTF-8, application/json; charset=utf-8": typeResponse,
		"application/json, application/graphql-response+json":                               typeResponse,
		"application/json;q=0.9, application/graphql-response+json":                         typeResponse,
		"application/json, application/graphql-response+json;q=0.9":                         typeJSON,
		"application/graphql-response+json, */*":                                            typeResponse,
		"application/graphql-response+json;q=0.5, */*":                                      typeJSON,
		"application/json, application/*;q=0.1":                                             typeJSON,
		"application/json;q=0, */*":                                                         typeResponse,
		"application/graphql-response+json;q=0, application/*":                              typeJSON,
		"nonsense;;;, application/json":                                                     typeJSON,
		"text/html\napplication/graphql-response+json":                                      typeResponse,
		"text/html":                        "",
		"application/json;q=0":             "",
		"*/*;q=0":                          "",
		"application/json;q=2":             "",
		"application/json; charset=utf-16": "",
		`text/html;a=",application/json,"`: "",
		"application/jsonx":                "",
	} {
		r := post(document("{me{id}}"))
		r.Header["Accept"] = strings.Split(accept, "\n") // a header of each line
		got := do(t, h, r)
		if want == "" {
			if got.StatusCode != http.StatusNotAcceptable {
				t.Errorf("Accept: %s got %d %s", accept, got.StatusCode, got.Header.Get("Content-Type"))
			}
			continue
		}
		if got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") != want {
			t.Errorf("Accept: %s got %d %s, want %s", accept, got.StatusCode, got.Header.Get("Content-Type"), want)
		}
	}
}
