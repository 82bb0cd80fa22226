package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// httpError is the reason why a request is not a GraphQL request. The message never
// quotes the request.
type httpError struct {
	status  int
	allow   string // Allow header of a 405
	message apperr.Message
	args    []any // for the verbs of message
}

// badRequest is the error for a request that cannot be parsed.
func badRequest(message apperr.Message, args ...any) *httpError {
	return &httpError{status: http.StatusBadRequest, message: message, args: args}
}

// illFormed is the error for a request that can be parsed but is not well-formed: a
// parameter is missing or has the wrong type.
func illFormed(message apperr.Message, args ...any) *httpError {
	return &httpError{status: http.StatusUnprocessableEntity, message: message, args: args}
}

// parse returns the GraphQL request of an HTTP request, and sets the media type of
// the response. It checks the size of the body before the headers.
func parse(w http.ResponseWriter, r *http.Request, resp *responder) (*graphql.RawParams, *httpError) {
	media, acceptable := negotiate(r.Header.Values("Accept"))
	if acceptable {
		resp.media = media
	}
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return nil, &httpError{status: http.StatusMethodNotAllowed, allow: "GET, POST", message: apperr.GetOrPost}
	}
	if len(r.RequestURI) > maxURL {
		return nil, &httpError{status: http.StatusRequestURITooLong, message: apperr.URLTooLong}
	}
	body, rejected := readBody(w, r)
	if rejected != nil {
		return nil, rejected
	}
	if !acceptable {
		return nil, &httpError{status: http.StatusNotAcceptable, message: apperr.NotAcceptable}
	}
	var params *graphql.RawParams
	if r.Method == http.MethodGet {
		params, rejected = fromQuery(r.URL.RawQuery)
	} else if rejected = checkContentType(r.Header); rejected == nil {
		params, rejected = fromBody(body)
	}
	if rejected != nil {
		return nil, rejected
	}
	params.Headers = r.Header
	return params, nil
}

// readBody returns the body of a POST. It fails with 413 when the body is larger than
// maxBody, and with 408 when the server's read timeout ends first.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *httpError) {
	if r.Method == http.MethodGet {
		return nil, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &httpError{status: http.StatusRequestEntityTooLarge, message: apperr.BodyTooLarge}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, &httpError{status: http.StatusRequestTimeout, message: apperr.BodyUnreadable}
	}
	if err != nil {
		return nil, badRequest(apperr.BodyUnreadable)
	}
	return body, nil
}

func checkContentType(header http.Header) *httpError {
	media, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	encoding := header.Get("Content-Encoding")
	switch {
	case err != nil || media != mediaJSON:
		return &httpError{status: http.StatusUnsupportedMediaType, message: apperr.WrongContentType}
	case !isUTF8(params["charset"]):
		return &httpError{status: http.StatusUnsupportedMediaType, message: apperr.WrongCharset}
	case encoding != "" && !strings.EqualFold(encoding, "identity"):
		return &httpError{status: http.StatusUnsupportedMediaType, message: apperr.BodyCompressed}
	}
	return nil
}

// isUTF8 reports whether a charset is UTF-8, by its name or by the common label utf8.
// No charset means UTF-8.
func isUTF8(charset string) bool {
	return charset == "" || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "utf8")
}

// decodeJSON decodes one JSON value, with numbers as json.Number, without loss of
// precision. Names of members match exactly, and the last of equal names applies as a
// whole: a map has both properties, a struct has neither.
func decodeJSON(text []byte) (value any, err error) {
	if !json.Valid(text) {
		return nil, errors.New("not JSON, or more than one value")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err = decoder.Decode(&value)
	return value, err
}

var byteOrderMark = []byte("\xef\xbb\xbf")

func fromBody(text []byte) (*graphql.RawParams, *httpError) {
	if !utf8.Valid(text) {
		return nil, badRequest(apperr.BodyNotUTF8)
	}
	text = bytes.TrimPrefix(text, byteOrderMark)
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, badRequest(apperr.BodyEmpty)
	}
	value, err := decodeJSON(text)
	if err != nil {
		return nil, badRequest(apperr.BodyNotJSON)
	}
	switch value := value.(type) {
	case map[string]any:
		return fromMembers(value)
	case []any:
		return nil, illFormed(apperr.BodyIsBatch)
	}
	return nil, illFormed(apperr.BodyNotObject)
}

func fromQuery(raw string) (*graphql.RawParams, *httpError) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, badRequest(apperr.QueryStringMalformed)
	}
	if decoded, _ := url.QueryUnescape(raw); !utf8.ValidString(decoded) {
		return nil, badRequest(apperr.QueryStringNotUTF8)
	}
	members := map[string]any{"operationName": values.Get("operationName")}
	if values.Has("query") {
		members["query"] = values.Get("query")
	}
	for _, name := range []string{"variables", "extensions"} {
		if text := values.Get(name); text != "" { // the same as an absent parameter
			if members[name], err = decodeJSON([]byte(text)); err != nil {
				return nil, badRequest(apperr.MemberNotObject, name)
			}
		}
	}
	return fromMembers(members)
}

// fromMembers reads the members of a body or a query string. Unknown members are ignored,
// because the specification reserves them for extensions.
func fromMembers(members map[string]any) (*graphql.RawParams, *httpError) {
	var params graphql.RawParams
	var ok bool
	if params.Query, ok = member[string](members, "query"); !ok {
		return nil, illFormed(apperr.MemberNotString, "query")
	}
	if params.OperationName, ok = member[string](members, "operationName"); !ok {
		return nil, illFormed(apperr.MemberNotString, "operationName")
	}
	if params.Variables, ok = member[map[string]any](members, "variables"); !ok {
		return nil, illFormed(apperr.MemberNotObject, "variables")
	}
	if params.Extensions, ok = member[map[string]any](members, "extensions"); !ok {
		return nil, illFormed(apperr.MemberNotObject, "extensions")
	}
	switch {
	case members["query"] == nil:
		return nil, illFormed(apperr.QueryMissing)
	case params.Query == "":
		return nil, badRequest(apperr.QueryMissing) // well-formed, but not a document
	}
	return &params, nil
}

// member returns the zero value for a member that is absent or null, and false for one of
// another type.
func member[T any](members map[string]any, name string) (value T, ok bool) {
	given := members[name]
	value, ok = given.(T)
	return value, ok || given == nil
}
