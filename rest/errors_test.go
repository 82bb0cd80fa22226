package rest

import (
	"errors"
	"maps"
	"net/http/httptest"
	"testing"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

func TestErrorsMapToStatuses(t *testing.T) {
	coded := func(code apperr.Code, extensions object) error {
		e := &gqlerror.Error{Message: "presented", Extensions: object{"code": string(code)}}
		maps.Copy(e.Extensions, extensions)
		return e
	}
	const internal = "Se ha producido un error interno."
	for _, c := range []struct {
		name       string
		err        error
		status     int
		retryAfter string
		message    string
	}{
		{"no valid token", coded(apperr.Unauthenticated, nil), 401, "", "presented"},
		{"not an administrator", coded(apperr.Forbidden, nil), 403, "", "presented"},
		{"bad input", coded(apperr.BadUserInput, nil), 422, "", "presented"},
		{"a rate limit", coded(apperr.RateLimited, object{"retryAfterSeconds": 30}), 429, "30", "presented"},
		{"an overloaded server", coded(apperr.Overloaded, nil), 503, "1", "presented"},
		{"an unavailable database", coded(apperr.Unavailable, nil), 503, "1", "presented"},
		{"an internal error", coded(apperr.Internal, object{"requestId": "ABC"}), 500, "", internal + " Si se repite, comunique este identificador: ABC"},
		{"a stored document that is not valid", coded(apperr.ValidationFailed, nil), 500, "", internal},
		{"a stored document that is too large", coded(apperr.ComplexityLimitExceeded, nil), 500, "", internal},
		{"an error that was not presented", errors.New("secret"), 500, "", internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			writeError(w, toHTTPError(c.err))
			if w.Code != c.status || w.Header().Get("Retry-After") != c.retryAfter {
				t.Errorf("got %d, Retry-After %q, want %d, %q", w.Code, w.Header().Get("Retry-After"), c.status, c.retryAfter)
			}
			if want := `{"errors":["` + c.message + `"],"ok":false}` + "\n"; w.Body.String() != want {
				t.Errorf("got %s, want %s", w.Body, want)
			}
			if got := w.Header().Get("Content-Language"); got != "es" {
				t.Errorf("Content-Language %q", got)
			}
		})
	}
}
