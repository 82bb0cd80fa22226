package apperr

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// Language is one of the languages of the catalogue.
type Language int

const (
	English Language = iota // the default
	Spanish
)

// tags are the languages as BCP 47 tags, in the order of the constants.
var tags = []language.Tag{English: language.English, Spanish: language.Spanish}

var matcher = language.NewMatcher(tags)

// maxAcceptLanguage is the maximum length of an Accept-Language header in bytes; a
// longer one is ignored. Browsers send fewer than 200.
const maxAcceptLanguage = 1000

// MatchLanguage returns the language of the catalogue that matches an
// Accept-Language header best (RFC 9110, section 12.5.4), English if none does.
func MatchLanguage(headers []string) Language {
	accept := strings.Join(headers, ",")
	if accept == "" || len(accept) > maxAcceptLanguage {
		return English
	}
	_, index := language.MatchStrings(matcher, accept)
	return Language(index)
}

// String returns the BCP 47 tag, for Content-Language.
func (l Language) String() string { return tags[l].String() }

type languageKey struct{}

// WithLanguage returns a context in which messages are in the given language.
func WithLanguage(ctx context.Context, l Language) context.Context {
	return context.WithValue(ctx, languageKey{}, l)
}

// LanguageOf returns the language of a context, English by default.
func LanguageOf(ctx context.Context) Language {
	l, _ := ctx.Value(languageKey{}).(Language)
	return l
}

// Message is a text in each language. The texts have the same format verbs in the
// same order.
type Message struct{ english, spanish string }

// In returns the text in a language, formatted with args. An *Error among them is
// formatted in the same language.
func (m Message) In(l Language, args ...any) string {
	text := [...]string{English: m.english, Spanish: m.spanish}[l]
	if len(args) == 0 {
		return text
	}
	args = slices.Clone(args)
	for i, arg := range args {
		if err, ok := arg.(*Error); ok {
			args[i] = err.Text(l)
		}
	}
	return fmt.Sprintf(text, args...)
}

// To add a language, add it to Language, tags, Message and In, and a text to each
// message: the compiler reports the messages without one.

// Messages of failed requests.
var (
	MissingToken             = Message{"Sign in first: the request has no token.", "Inicie sesión para continuar: la petición no lleva ningún token."}
	ExpiredToken             = Message{"Your session has expired. Sign in again.", "La sesión ha caducado. Inicie sesión de nuevo."}
	InvalidToken             = Message{"Your session is not valid. Sign in again.", "La sesión no es válida. Inicie sesión de nuevo."}
	AccountGone              = Message{"The account no longer exists.", "La cuenta ya no existe."}
	CompanyGone              = Message{"The company no longer exists.", "La empresa ya no existe."}
	AdminOnly                = Message{"Only an administrator of the company may do this.", "Solo un administrador de la empresa puede hacer esto."}
	TooManyAttempts          = Message{"Too many failed attempts. Wait before you try again.", "Demasiados intentos fallidos. Espere un poco antes de volver a intentarlo."}
	Busy                     = Message{"The server is checking too many passwords. Try again in a few seconds.", "El servidor está comprobando demasiadas contraseñas. Inténtelo de nuevo en unos segundos."}
	TooManyChecks            = Message{"Too many connection checks are running. Try again in a few seconds.", "Se están comprobando demasiadas conexiones. Inténtelo de nuevo en unos segundos."}
	DatabaseUnavailable      = Message{"The service cannot reach its database at the moment. Try again in a few seconds.", "El servicio no puede acceder a su base de datos en este momento. Inténtelo de nuevo en unos segundos."}
	InternalError            = Message{"An internal error occurred.", "Se ha producido un error interno."}
	InternalErrorID          = Message{"An internal error occurred. If it happens again, report this request ID: %s", "Se ha producido un error interno. Si se repite, comunique este identificador: %s"}
	PathNotFound             = Message{"This address does not exist.", "Esta dirección no existe."}
	WrongMethod              = Message{"This address does not support this method.", "Esta dirección no admite este método."}
	WrongOrigin              = Message{"Pages of another site may not do this: their origin is not in ALLOWED_ORIGINS.", "Las páginas de otro sitio no pueden hacer esto: su origen no está en ALLOWED_ORIGINS."}
	WrongHost                = Message{"A development server has public passwords and rejects this host name: open it as http://localhost:PORT or by its IP address.", "Un servidor de desarrollo tiene contraseñas públicas y rechaza este nombre de host: ábralo como http://localhost:PUERTO o por su dirección IP."}
	PreconditionNotSupported = Message{"This operation does not support If-Match or If-None-Match.", "Esta operación no admite If-Match ni If-None-Match."}
)

// Messages of rejected changes, one for each UserErrorCode.
var userErrorMessages = map[UserErrorCode]Message{
	InvalidCredentials: {"The e-mail address or the password is wrong.", "El correo electrónico o la contraseña no son correctos."},
	WrongPassword:      {"The current password is wrong.", "La contraseña actual no es correcta."},
	SamePassword:       {"The new password is the current one. Choose another.", "La contraseña nueva es igual a la actual. Elija otra."},
	PasswordMismatch:   {"The new password and its confirmation differ.", "La contraseña nueva y su confirmación no coinciden."},
	WeakPassword: {"The new password is easy to guess: it is common, or consists of common words or patterns, your e-mail address or the name of your company. Choose another.",
		"La contraseña nueva es fácil de adivinar: es común, o está formada por palabras o secuencias comunes, su correo electrónico o el nombre de su empresa. Elija otra."},
	KeyRequired:   {"Another provider needs its own API key: send one, or null to continue without one.", "Otro proveedor necesita su propia clave de API: envíe una, o null para continuar sin ella."},
	NotConfigured: {"No API key is stored that could be checked.", "No hay ninguna clave de API guardada que se pueda comprobar."},
	InvalidKey:    {"The provider does not accept this API key, so it was not saved.", "El proveedor no acepta esta clave de API, por lo que no se ha guardado."},
	NotApplicable: {"This provider has no such value. Leave it out.", "Este proveedor no tiene este dato. Déjelo sin rellenar."},
	AccountIDRequired: {"Hostaway needs the account ID to check an API key. Send it together with the key.",
		"Hostaway necesita el identificador de la cuenta para comprobar una clave de API. Envíelo junto con la clave."},
	KeyNotDecryptable: {"The server cannot decrypt the stored API key. Set it again.", "El servidor no puede descifrar la clave de API guardada. Vuelva a introducirla."},
	Conflict:          {"Someone else has changed this in the meantime. Reload it before you save.", "Otra persona ha cambiado estos datos mientras tanto. Vuelva a cargarlos antes de guardar."},
}

// Messages of checks of API keys. ReasonMessages has one for each reason.
var (
	KeyAccepted        = Message{"The provider accepts the API key.", "El proveedor acepta la clave de API."}
	KeyNotChecked      = Message{"The API key was not checked, because too many checks were requested. Check it later.", "La clave de API no se ha comprobado porque se han solicitado demasiadas comprobaciones. Compruébela más tarde."}
	SecretMayBeMissing = Message{"Smoobu rejects the API key. Newer keys also need the API secret, which is missing here.", "Smoobu rechaza la clave de API. Las claves nuevas necesitan también el secreto de API, que aquí falta."}
	ChecksUsedUp       = Message{"Your company has checked API keys too often. Wait before you check again.", "Su empresa ha comprobado claves de API con demasiada frecuencia. Espere un poco antes de volver a hacerlo."}
)

// ReasonMessages are the messages of checks with a reason, by the values of the schema.
var ReasonMessages = map[string]Message{
	"KEY_REJECTED":            {"The provider rejects the API key.", "El proveedor rechaza la clave de API."},
	"KEY_MALFORMED":           {"The API key has characters that no key of a provider has. Copy it again.", "La clave de API tiene caracteres que no tiene ninguna clave de un proveedor. Vuelva a copiarla."},
	"KEY_OF_ANOTHER_PROVIDER": {"The API key belongs to another provider.", "La clave de API es de otro proveedor."},
	"WRONG_KIND":              {"This is another kind of key, such as an administrator's key or a session token. Create an API key.", "Es otro tipo de clave, como la de un administrador o un token de sesión. Cree una clave de API."},
	"MISSING_PERMISSION":      {"The provider knows the API key, but the key lacks a permission.", "El proveedor conoce la clave de API, pero a la clave le falta un permiso."},
	"NO_CREDIT":               {"The provider accepts the API key, but the account has no credit left.", "El proveedor acepta la clave de API, pero la cuenta no tiene saldo."},
	"PROVIDER_BUSY":           {"The provider limits the requests at the moment. Check again in a few minutes.", "El proveedor limita las peticiones en este momento. Vuelva a comprobarla en unos minutos."},
	"PROVIDER_UNREACHABLE":    {"The provider could not be reached. The API key may be valid.", "No se ha podido contactar con el proveedor. La clave de API puede ser válida."},
	"PROVIDER_ERROR":          {"The provider did not respond as expected. The API key may be valid.", "El proveedor no ha respondido como se esperaba. La clave de API puede ser válida."},
	"CHECKS_OFF":              {"This server does not check API keys.", "Este servidor no comprueba claves de API."},
	"NO_PROVIDER":             {"There is no provider that could check an API key.", "No hay ningún proveedor que pueda comprobar una clave de API."},
}

// Messages of values. They follow the name of a field.
var (
	MustBeText          = Message{"must be text.", "debe ser un texto."}
	MustBeUnicode       = Message{"must be valid Unicode text without U+0000 and U+FFFD.", "debe ser un texto Unicode válido, sin U+0000 ni U+FFFD."}
	MustHaveLength      = Message{"must be %d to %d characters long.", "debe tener de %d a %d caracteres."}
	MustHaveLengthUpTo  = Message{"must be at most %d characters long.", "debe tener como máximo %d caracteres."}
	MustHaveBytesUpTo   = Message{"must be at most %d bytes long in UTF-8.", "es demasiado larga: debe ocupar como máximo %d bytes; las letras con tilde y algunos símbolos ocupan más de uno."}
	MustBeInteger       = Message{"must be an integer.", "debe ser un número entero."}
	MustBeInRange       = Message{"must be a number from %d to %d.", "debe ser un número de %d a %d."}
	MustBeTimestamp     = Message{"must be an RFC 3339 date and time, such as 2025-06-01T09:00:00.000Z.", "debe ser una fecha con hora y zona horaria, como 2025-06-01T09:00:00.000Z."}
	MustBeTimeOfDay     = Message{"must be a time HH:MM from 00:00 to 23:59.", "debe ser una hora HH:MM, de 00:00 a 23:59."}
	MustBeColumnLetters = Message{"must be a column from A to ZZ: one or two letters.", "debe ser una columna de la A a la ZZ (una o dos letras) o quedar sin asignar."}
	MustBeAccountID     = Message{"must be letters, digits, - and _ only.", "solo puede tener letras, cifras, - y _."}
	MustBeEmail         = Message{"must be an e-mail address.", "debe ser una dirección de correo electrónico."}
	MustBeOneOf         = Message{"must be one of these values: %s.", "debe ser uno de estos valores: %s."}
	MustBePresent       = Message{"is required.", "es obligatorio."}
	MustNotBeNull       = Message{"must not be null.", "no puede ser null."}
	UnknownField        = Message{"unknown field.", "campo desconocido."}
	MoreUnknownFields   = Message{"Further unknown fields: %d.", "Otros campos desconocidos: %d."}
	AfterNotACursor     = Message{"after must be the endCursor of a page.", "after debe ser el endCursor de una página."}
)

// Messages of malformed requests.
var (
	BodyUnreadable       = Message{"The body is incomplete. Send it again.", "Los datos no han llegado completos. Vuelva a enviarlos."}
	URLTooLong           = Message{"The URL is longer than 32 KiB: use POST.", "La dirección ocupa más de 32 KiB: use POST."}
	BodyTooLarge         = Message{"The body is longer than 64 KiB.", "Los datos ocupan más de 64 KiB."}
	BodyEmpty            = Message{"The body is empty.", "No se ha recibido ningún dato."}
	BodyNotJSON          = Message{"The body is not valid JSON.", "Los datos recibidos no son JSON válido."}
	BodyNotObject        = Message{"The body must be a JSON object.", "Los datos deben ser un objeto JSON con los campos de esta operación."}
	BodyIsBatch          = Message{"The body must be one JSON object: requests cannot be sent in a batch.", "Los datos deben ser un solo objeto JSON: las peticiones no se pueden enviar en lote."}
	BodyNotUTF8          = Message{"The body is not valid UTF-8.", "Los datos no son UTF-8 válido."}
	BodyCompressed       = Message{"The body must not be compressed.", "Los datos no deben ir comprimidos."}
	WrongContentType     = Message{"The content type must be application/json.", "Envíe los datos como JSON, con la cabecera «Content-Type: application/json»."}
	WrongCharset         = Message{"The charset must be utf-8.", "La codificación debe ser utf-8."}
	NotAcceptable        = Message{"The Accept header must allow application/graphql-response+json or application/json.", "La cabecera Accept debe admitir application/graphql-response+json o application/json."}
	GetOrPost            = Message{"Use POST, or GET for queries.", "Use POST, o GET para las consultas."}
	OnlyQueriesWithGet   = Message{"Only queries may be sent with GET.", "Con GET solo se pueden enviar consultas."}
	QueryStringMalformed = Message{"The query string is not well formed.", "Los parámetros de la dirección no están bien formados."}
	QueryStringNotUTF8   = Message{"The query string is not valid UTF-8.", "Los parámetros de la dirección no son UTF-8 válido."}
	QueryMissing         = Message{"query is missing: it must be a string with a GraphQL document.", "Falta query: debe ser un texto con un documento GraphQL."}
	MemberNotString      = Message{"%s must be a string.", "%s debe ser un texto."}
	MemberNotObject      = Message{"%s must be a JSON object.", "%s debe ser un objeto JSON."}
)

// Messages of documents that exceed a limit.
var (
	TooManyOperations           = Message{"The document has more than %d operations.", "El documento tiene más de %d operaciones."}
	TooManyFragments            = Message{"The document has more than %d fragments.", "El documento tiene más de %d fragmentos."}
	TooManyRootFields           = Message{"The operation selects more than %d root fields.", "La operación selecciona más de %d campos raíz."}
	TooDeep                     = Message{"The fields are nested deeper than %d levels.", "Los campos están anidados en más de %d niveles."}
	TooComplex                  = Message{"The complexity is above %d: each selected field costs 1, also in each use of a fragment.", "La complejidad supera %d: cada campo seleccionado cuesta 1, también en cada uso de un fragmento."}
	TooManyAliases              = Message{"More than %d fields have an alias.", "Más de %d campos tienen un alias."}
	IntrospectionTooDeep        = Message{"The introspection is nested deeper than %d levels.", "La introspección está anidada en más de %d niveles."}
	IntrospectionTooLarge       = Message{"The introspection selects more than %d fields.", "La introspección selecciona más de %d campos."}
	IntrospectionTooManyAliases = Message{"More than %d fields of the introspection have an alias.", "Más de %d campos de la introspección tienen un alias."}
	TooManySelections           = Message{"An operation may select %s at most %d times.", "Una operación puede seleccionar %s como máximo %d veces."}
	TooManyConnections          = Message{"An operation may select at most %d connections (pages of a list).", "Una operación puede seleccionar como máximo %d conexiones (páginas de una lista)."}
	NestedConnections           = Message{"A connection (a page of a list) may not be selected below another one.", "Una conexión (una página de una lista) no se puede seleccionar dentro de otra."}
	TooManyTokens               = Message{"The document is longer than %d tokens.", "El documento tiene más de %d tokens."}
	NameTooLong                 = Message{"A name is longer than %d characters.", "Un nombre tiene más de %d caracteres."}
	TooManyDirectives           = Message{"The document has more than %d directives.", "El documento tiene más de %d directivas."}
	ValueTooDeep                = Message{"A value or a type is nested deeper than %d levels.", "Un valor o un tipo está anidado en más de %d niveles."}
)

// Messages of invalid documents.
var (
	NotGraphQL         = Message{"The document is not valid GraphQL: it cannot be parsed beyond this location.", "El documento no es GraphQL válido: no se puede analizar a partir de este punto."}
	NoOperation        = Message{"The document has no operation.", "El documento no tiene ninguna operación."}
	UnknownOperation   = Message{"operationName must name one of the document's operations; it may be omitted only when there is one.", "operationName debe nombrar una de las operaciones del documento; solo se puede omitir si hay una sola."}
	NoIntrospection    = Message{"Introspection is switched off on this server.", "La introspección está desactivada en este servidor."}
	FragmentCycle      = Message{"A fragment must not contain itself.", "Un fragmento no debe contenerse a sí mismo."}
	DocumentNotValid   = Message{"The document does not match the schema.", "El documento no concuerda con el esquema."}
	VariableNotValid   = Message{"The value of a variable does not match its type.", "El valor de una variable no concuerda con su tipo."}
	VariableMustBe     = Message{"The value of the variable does not match its type: %s must be %s.", "El valor de la variable no concuerda con su tipo: %s debe ser %s."}
	VariableMustBeType = Message{"The value of the variable does not match its type: it must be %s.", "El valor de la variable no concuerda con su tipo: debe ser %s."}
	NullNotAllowed     = Message{"The value of a variable is null, but the schema does not allow null here.", "El valor de una variable es null, pero el esquema no admite null aquí."}
	ValueBreaksRule    = Message{"%s %s", "%s %s"} // the type or input field, and a message of values
	VariableHasNoField = Message{"The value of the variable does not match its type: %s has no such field.", "El valor de la variable no concuerda con su tipo: %s no tiene ese campo."}
)

// RuleMessages are the messages of the validation rules, by gqlparser's names.
var RuleMessages = map[string]Message{
	"FieldsOnCorrectType":          {"This field does not exist on its type.", "Este campo no existe en su tipo."},
	"FragmentsOnCompositeTypes":    {"A fragment must apply to an object, an interface or a union.", "Un fragmento debe aplicarse a un objeto, una interfaz o una unión."},
	"IntsHave32Bits":               {"This value is too large for an Int.", "Este valor es demasiado grande para un Int."},
	"KnownArgumentNames":           {"This field or directive has no such argument.", "Este campo o directiva no tiene ese argumento."},
	"KnownDirectives":              {"This directive does not exist or may not be used here.", "Esta directiva no existe o no se puede usar aquí."},
	"KnownFragmentNames":           {"This fragment is not defined in the document.", "Este fragmento no está definido en el documento."},
	"KnownRootType":                {"The schema has no operation of this kind.", "El esquema no tiene operaciones de este tipo."},
	"KnownTypeNames":               {"This type does not exist.", "Este tipo no existe."},
	"LoneAnonymousOperation":       {"An operation without a name must be the only one in the document.", "Una operación sin nombre debe ser la única del documento."},
	"MaxIntrospectionDepth":        {"The introspection is nested too deeply.", "La introspección está anidada en demasiados niveles."},
	"NoFragmentCycles":             FragmentCycle,
	"NoUndefinedVariables":         {"This variable is not defined by the operation.", "Esta variable no está definida en la operación."},
	"NoUnusedFragments":            {"This fragment is never used.", "Este fragmento no se usa."},
	"NoUnusedVariables":            {"This variable is never used.", "Esta variable no se usa."},
	"OverlappingFieldsCanBeMerged": {"Another field has the same name in the response but is not the same field with the same arguments: use an alias.", "Otro campo tiene el mismo nombre en la respuesta, pero no es el mismo campo con los mismos argumentos: use un alias."},
	"PossibleFragmentSpreads":      {"This fragment can never apply here.", "Este fragmento nunca se puede aplicar aquí."},
	"ProvidedRequiredArguments":    {"A required argument is missing.", "Falta un argumento obligatorio."},
	"ScalarLeafs":                  {"This field needs a selection of fields in braces, or has none to select.", "Este campo necesita una selección de campos entre llaves, o no tiene campos que seleccionar."},
	"ScalarsAreNotNames":           {"This value is not of the expected type.", "Este valor no es del tipo esperado."},
	"SingleFieldSubscriptions":     {"A subscription must select exactly one field.", "Una suscripción debe seleccionar un solo campo."},
	"UniqueArgumentNames":          {"This argument is given twice.", "Este argumento aparece dos veces."},
	"UniqueDirectivesPerLocation":  {"This directive may be used only once per location.", "Esta directiva solo se puede usar una vez en el mismo lugar."},
	"UniqueFragmentNames":          {"Another fragment has the same name.", "Otro fragmento tiene el mismo nombre."},
	"UniqueInputFieldNames":        {"This input field is given twice.", "Este campo de entrada aparece dos veces."},
	"UniqueOperationNames":         {"Another operation has the same name.", "Otra operación tiene el mismo nombre."},
	"UniqueVariableNames":          {"This variable is defined twice.", "Esta variable está definida dos veces."},
	"ValuesOfCorrectType":          {"This value is not of the expected type, or lacks a required input field.", "Este valor no es del tipo esperado, o le falta un campo de entrada obligatorio."},
	"VariablesAreInputTypes":       {"A variable must be of an input type.", "Una variable debe ser de un tipo de entrada."},
	"VariablesInAllowedPosition":   {"This variable is not of the expected type.", "Esta variable no es del tipo esperado."},
}
