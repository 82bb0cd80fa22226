package graph_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestMessagesAreInTheLanguageThatTheClientPrefers(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	admin := s.Token(t, s.People(t).Admin)
	for name, c := range map[string]struct {
		path, accept, token, body string
		status                    int
		language                  string
		want                      string
	}{
		"English by default":           {"/graphql", "", "", `{"query":"{ me { id } }"}`, 200, "en", "Sign in first"},
		"a failed request":             {"/graphql", "es-ES,es;q=0.9", "", `{"query":"{ me { id } }"}`, 200, "es", "Inicie sesión"},
		"a user error":                 {"/graphql", "es", "", `{"query":"mutation { login(input: {email: \"nobody@example.com\", password: \"x\"}) { userErrors { message } } }"}`, 200, "es", "no son correctos"},
		"a value":                      {"/graphql", "es", admin, `{"query":"mutation { saveLateCheckIn: saveLateCheckInConfig(input: {cutoff: \"25:00\"}) { userErrors { code } } }"}`, 200, "es", "debe ser una hora"},
		"a document that is not valid": {"/graphql", "es", admin, `{"query":"{ nothing }"}`, 200, "es", "Este campo no existe"},
		"a variable":                   {"/graphql", "es", admin, `{"query":"query($k: [AuditKind!]) { me { company { auditLog(first: 1, kinds: $k) { nodes { id } } } } }","variables":{"k":"X"}}`, 200, "es", "El valor de la variable"},
		"a body":                       {"/graphql", "es", admin, `[]`, 400, "es", "en lote"},
		"an unknown address":           {"/nothing", "es", admin, ``, 404, "es", "Esta dirección no existe"},
		"REST ignores the header":      {"/api/perfil", "en", "", ``, 401, "es", "Inicie sesión"},
	} {
		t.Run(name, func(t *testing.T) {
			method := http.MethodPost
			if c.body == "" {
				method = http.MethodGet
			}
			resp := s.Send(t, c.token, method, c.path, c.body, "Accept-Language: "+c.accept)
			if resp.Status != c.status || !strings.Contains(resp.Body, c.want) {
				t.Errorf("got %d %s, want %d and %q", resp.Status, resp.Body, c.status, c.want)
			}
			if got := resp.Header.Get("Content-Language"); got != c.language {
				t.Errorf("Content-Language %q, want %q", got, c.language)
			}
			varies := strings.Contains(strings.Join(resp.Header.Values("Vary"), ","), "Accept-Language")
			if varies == strings.HasPrefix(c.path, "/api") {
				t.Errorf("Vary %q", resp.Header.Values("Vary"))
			}
		})
	}
}
