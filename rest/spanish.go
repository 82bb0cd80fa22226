package rest

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/stay-sidekick/profile-server/internal/apperr"
	"github.com/stay-sidekick/profile-server/internal/auth"
	"github.com/stay-sidekick/profile-server/internal/scalar"
)

// Refusals that no schema is asked about.
var (
	errNotFound    = &failure{status: http.StatusNotFound, sentences: []string{"Esta dirección no existe."}}
	errMethod      = &failure{status: http.StatusMethodNotAllowed, sentences: []string{"Esta dirección no admite ese método."}}
	errContentType = &failure{status: http.StatusBadRequest, sentences: []string{"Envíe los datos como JSON, con la cabecera «Content-Type: application/json»."}}
	errNoBody      = &failure{status: http.StatusBadRequest, sentences: []string{"No se ha recibido ningún dato."}}
	errUnreadable  = &failure{status: http.StatusBadRequest, sentences: []string{"Los datos no han llegado completos. Vuelva a enviarlos."}}
	errNotJSON     = &failure{status: http.StatusBadRequest, sentences: []string{"Los datos recibidos no son JSON válido."}}
	errTooLarge    = &failure{status: http.StatusRequestEntityTooLarge, sentences: []string{"Los datos ocupan más de 64 KiB."}}
	errNotObject   = &failure{status: http.StatusUnprocessableEntity, sentences: []string{"Los datos deben ser un objeto JSON con los campos de esta operación."}}
	errCondition   = &failure{status: http.StatusPreconditionFailed, sentences: []string{"Esta operación no se puede hacer bajo esa condición (If-Match o If-None-Match)."}}
)

// What can be wrong with a field beside the rules of its type.
const (
	sentenceMissing = "es obligatorio."
	sentenceNull    = "no puede ser nulo."
	sentenceUnknown = "este campo no se conoce."
)

func sentenceMoreUnknown(fields int) string {
	return fmt.Sprintf("Hay %d campos más que no se conocen.", fields)
}

func sentenceOneOf(names []string) string {
	return "debe ser uno de estos valores: " + strings.ToLower(strings.Join(names, ", ")) + "."
}

// sentenceOf words the rule of a scalar that a value breaks.
func sentenceOf(err error) string {
	broken, ok := errors.AsType[*scalar.RuleError](err)
	if !ok {
		return "no es válido."
	}
	switch broken.Rule {
	case scalar.Text:
		return "debe ser un texto."
	case scalar.Characters:
		return "contiene caracteres que no se pueden guardar."
	case scalar.Length:
		return "debe tener " + limits(broken) + " caracteres."
	case scalar.Bytes:
		return fmt.Sprintf("es demasiado larga: debe ocupar como máximo %d bytes, y las letras con tilde o los símbolos ocupan más de uno.", broken.Max)
	case scalar.Integer:
		return "debe ser un número entero."
	case scalar.Range:
		return fmt.Sprintf("debe ser un número de %d a %d.", broken.Min, broken.Max)
	case scalar.Timestamp:
		return "debe ser una fecha con hora y zona, como 2025-06-01T09:00:00Z."
	case scalar.TimeOfDay:
		return "debe ser una hora HH:MM, de 00:00 a 23:59."
	case scalar.Letters:
		return "debe ser una columna de la A a la ZZ (una o dos letras), o quedar vacía."
	case scalar.Email:
		return "debe ser una dirección de correo electrónico."
	}
	return "no es válido."
}

func limits(broken *scalar.RuleError) string {
	if broken.Min == 0 {
		return fmt.Sprintf("como máximo %d", broken.Max)
	}
	return fmt.Sprintf("de %d a %d", broken.Min, broken.Max)
}

const sentenceRefused = "No se ha podido hacer el cambio."

// refusals word what only the data can tell.
var refusals = map[apperr.UserErrorCode]string{
	apperr.InvalidCredentials: "El correo electrónico o la contraseña no son correctos.",
	apperr.WrongPassword:      "La contraseña actual no es correcta.",
	apperr.SamePassword:       "debe ser distinta de la contraseña actual.",
	apperr.PasswordMismatch:   "no coincide con la contraseña nueva.",
	apperr.WeakPassword:       "es demasiado fácil de adivinar.",
	apperr.KeyRequired:        "es obligatoria al cambiar de proveedor.",
}

// sentenceOfCode words an error of the vocabulary that both edges share.
func sentenceOfCode(code apperr.Code, err error, requestID string) string {
	switch code {
	case apperr.Unauthenticated:
		return sentenceOfToken(err)
	case apperr.Forbidden:
		return "Solo un administrador de la empresa puede hacer esto."
	case apperr.BadUserInput:
		return "Los datos recibidos no son válidos."
	case apperr.RateLimited:
		return "Demasiados intentos. Espere un poco antes de volver a probar."
	case apperr.Overloaded:
		return "Hay demasiadas peticiones en este momento. Inténtelo de nuevo en unos segundos."
	case apperr.Unavailable:
		return "El servicio no está disponible en este momento. Inténtelo de nuevo en unos segundos."
	}
	if requestID == "" {
		return "Se ha producido un error interno."
	}
	return "Se ha producido un error interno. Si se repite, comunique este identificador: " + requestID
}

func sentenceOfToken(err error) string {
	switch {
	case errors.Is(err, auth.ErrMissingToken):
		return "Inicie sesión para continuar."
	case errors.Is(err, auth.ErrExpiredToken):
		return "La sesión ha caducado. Inicie sesión de nuevo."
	}
	return "La sesión no es válida. Inicie sesión de nuevo."
}
