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

// object is a JSON object. It decodes numbers as json.Number, without loss of
// precision.
type object map[string]any

func (o *object) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode((*map[string]any)(o))
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// fromBody decodes a JSON body. Names of members match exactly, and the last of equal
// names applies as a whole: a map has both properties, a struct has neither. Unknown
// members are ignored, because the specification reserves them for extensions.
func fromBody(text []byte) (*graphql.RawParams, *httpError) {
	if !utf8.Valid(text) {
		return nil, badRequest(apperr.BodyNotUTF8)
	}
	text = bytes.TrimPrefix(text, byteOrderMark)
	text = bytes.TrimLeft(text, " \t\r\n")
	var members map[string]json.RawMessage
	switch err := json.Unmarshal(text, &members); {
	case len(text) == 0:
		return nil, badRequest(apperr.BodyEmpty)
	case isSyntaxError(err):
		return nil, badRequest(apperr.BodyNotJSON)
	case text[0] == '[':
		return nil, illFormed(apperr.BodyIsBatch)
	case text[0] != '{':
		return nil, illFormed(apperr.BodyNotObject)
	}
	return fromMembers(members)
}

func fromQuery(raw string) (*graphql.RawParams, *httpError) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, badRequest(apperr.QueryStringMalformed)
	}
	if decoded, _ := url.QueryUnescape(raw); !utf8.ValidString(decoded) {
		return nil, badRequest(apperr.QueryStringNotUTF8)
	}
	members := make(map[string]json.RawMessage)
	for name, list := range values {
		switch text := list[0]; {
		case name == "query" || name == "operationName":
			members[name], _ = json.Marshal(text) // never fails for a string
		case text != "": // the same as an absent parameter
			members[name] = json.RawMessage(text)
		}
	}
	return fromMembers(members)
}

// fromMembers decodes the members of a body or a query string.
func fromMembers(members map[string]json.RawMessage) (*graphql.RawParams, *httpError) {
	var params graphql.RawParams
	var query *string
	for _, member := range []struct {
		name    string
		value   any
		message apperr.Message
	}{
		{"query", &query, apperr.MemberNotString},
		{"operationName", &params.OperationName, apperr.MemberNotString},
		{"variables", (*object)(&params.Variables), apperr.MemberNotObject},
		{"extensions", (*object)(&params.Extensions), apperr.MemberNotObject},
	} {
		text, given := members[member.name]
		if !given {
			continue
		}
		switch err := json.Unmarshal(text, member.value); {
		case isSyntaxError(err):
			return nil, badRequest(member.message, member.name)
		case err != nil:
			return nil, illFormed(member.message, member.name)
		}
	}
	switch {
	case query == nil:
		return nil, illFormed(apperr.QueryMissing)
	case *query == "":
		return nil, badRequest(apperr.QueryMissing) // well-formed, but not a document
	}
	params.Query = *query
	return &params, nil
}

// isSyntaxError reports whether an error of package json means that the text is not
// JSON, rather than JSON of another type.
func isSyntaxError(err error) bool {
	_, ok := errors.AsType[*json.SyntaxError](err)
	return ok
}
