package rest

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
)

func TestErrorsOfTheExecutorBecomeStatuses(t *testing.T) {
	coded := func(code apperr.Code, extensions object) error {
		e := &gqlerror.Error{Message: "secret words", Extensions: object{"code": string(code)}}
		for name, value := range extensions {
			e.Extensions[name] = value
		}
		return e
	}
	for _, c := range []struct {
		name       string
		err        error
		status     int
		retryAfter string
		sentence   string
	}{
		{"no token", auth.TokenError(auth.ErrMissingToken), 401, "", "Inicie sesión"},
		{"an old token", auth.TokenError(auth.ErrExpiredToken), 401, "", "La sesión ha caducado"},
		{"a bad token", auth.TokenError(auth.ErrInvalidToken), 401, "", "La sesión no es válida"},
		{"a company that is gone", coded(apperr.Unauthenticated, nil), 401, "", "La sesión no es válida"},
		{"no admin", coded(apperr.Forbidden, nil), 403, "", "Solo un administrador"},
		{"bad input", coded(apperr.BadUserInput, nil), 422, "", "Los datos recibidos"},
		{"too often", coded(apperr.RateLimited, object{"retryAfterSeconds": 30}), 429, "30", "Demasiados intentos"},
		{"too many at once", coded(apperr.Overloaded, nil), 503, "1", "Hay demasiadas"},
		{"no database", coded(apperr.Unavailable, nil), 503, "1", "El servicio no está disponible"},
		{"no database to ask who it is", apperr.New(apperr.Unavailable, "secret words"), 503, "1", "El servicio no está disponible"},
		{"a fault", coded(apperr.Internal, object{"requestId": "ABC"}), 500, "", "Se ha producido un error interno. Si se repite, comunique este identificador: ABC"},
		{"a document of ours that fails", coded(apperr.ValidationFailed, nil), 500, "", "Se ha producido un error interno."},
		{"a document of ours that is too large", coded(apperr.ComplexityLimitExceeded, nil), 500, "", "Se ha producido un error interno."},
		{"an error without a code", errors.New("secret words"), 500, "", "Se ha producido un error interno."},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			failureOf(c.err).write(w)
			body := w.Body.String()
			if w.Code != c.status || w.Header().Get("Retry-After") != c.retryAfter {
				t.Errorf("got %d, Retry-After %q, want %d, %q", w.Code, w.Header().Get("Retry-After"), c.status, c.retryAfter)
			}
			if !strings.HasPrefix(body, `{"errors":["`+c.sentence) || !strings.HasSuffix(body, `"],"ok":false}`+"\n") {
				t.Errorf("got %s, want %s", body, c.sentence)
			}
			if strings.Contains(body, "secret") {
				t.Errorf("%s tells what it should not", body)
			}
		})
	}
}

func TestEveryRefusalHasASentence(t *testing.T) {
	for _, code := range []apperr.UserErrorCode{
		apperr.InvalidCredentials, apperr.WrongPassword, apperr.SamePassword, apperr.PasswordMismatch,
		apperr.WeakPassword, apperr.KeyRequired,
	} {
		if refusals[code] == "" {
			t.Errorf("%s has no sentence", code)
		}
	}
}

func TestTextIsAnsweredAsItIs(t *testing.T) {
	w := httptest.NewRecorder()
	writeSuccess(w, object{"data": "<ñ&>"})
	if got := w.Body.String(); w.Code != http.StatusOK || got != `{"data":"<ñ&>","ok":true}`+"\n" {
		t.Errorf("got %d %s", w.Code, got)
	}
}
