package rest

import (
	"encoding/json"
	"testing"
)

func TestResponseHasTheFormOfThePythonService(t *testing.T) {
	for _, c := range []struct {
		name     string
		response func(object) object
		data     string
		want     string
	}{
		{"an operator, with microseconds", profileResponse,
			`{"data":{"rol":"OPERATOR","password_changed_at":"2025-06-01T09:00:00.123456Z"}}`,
			`{"data":{"password_changed_at":"2025-06-01T09:00:00.123456+00:00","rol":"operativo"}}`},
		{"microseconds with trailing zeros", profileResponse,
			`{"data":{"rol":"ADMIN","password_changed_at":"2025-06-01T09:00:00.120000Z"}}`,
			`{"data":{"password_changed_at":"2025-06-01T09:00:00.120000+00:00","rol":"admin"}}`},
		{"no microseconds", profileResponse,
			`{"data":{"rol":"ADMIN","password_changed_at":"2025-06-01T09:00:00.000000Z"}}`,
			`{"data":{"password_changed_at":"2025-06-01T09:00:00+00:00","rol":"admin"}}`},
		{"a password that was never changed", profileResponse,
			`{"data":{"rol":"ADMIN","password_changed_at":null}}`,
			`{"data":{"password_changed_at":null,"rol":"admin"}}`},
		{"providers in lower case, models as they are", integrationsResponse,
			`{"me":{"company":{"data":{"pms":{"proveedor":"BEDS24"},"google":{},"ia":{"proveedor":"OPENAI","modelo":"GPT"}}}}}`,
			`{"data":{"google":{},"ia":{"modelo":"GPT","proveedor":"openai"},"pms":{"proveedor":"beds24"}}}`},
		{"no providers", integrationsResponse,
			`{"me":{"company":{"data":{"pms":{"proveedor":null},"google":{},"ia":{"proveedor":null,"modelo":null}}}}}`,
			`{"data":{"google":{},"ia":{"modelo":null,"proveedor":null},"pms":{"proveedor":null}}}`},
		{"no columns", companyResponse,
			`{"me":{"company":{"config":null}}}`,
			`{"config":null}`},
		{"a late check-in", lateCheckInResponse,
			`{"me":{"company":{"config":{"hora_corte":"20:00","columns":{"col_nombre":null,"col_telefono":"aB"}}}}}`,
			`{"config":{"col_nombre":"","col_telefono":"aB","hora_corte":"20:00"}}`},
		{"a session", loginResponse,
			`{"login":{"token":"t","user":{"debe_cambiar_password":true},"userErrors":[]}}`,
			`{"debe_cambiar_password":true,"token":"t"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			data, err := decodeObject([]byte(c.data))
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := json.Marshal(c.response(data)); string(got) != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}
