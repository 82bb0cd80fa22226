package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
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

func badRequest(message apperr.Message, args ...any) *httpError {
	return &httpError{status: http.StatusBadRequest, message: message, args: args}
}

// parse returns the GraphQL request of an HTTP request, and sets the media type of
// the response. It checks the size of the body before the headers.
func parse(w http.ResponseWriter, r *http.Request, resp *responder) (*graphql.RawParams, *httpError) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return nil, &httpError{status: http.StatusMethodNotAllowed, allow: "GET, POST", message: apperr.GetOrPost}
	}
	body, rejected := readBody(w, r)
	if rejected != nil {
		return nil, rejected
	}
	media, ok := negotiate(r.Header.Values("Accept"))
	if !ok {
		return nil, &httpError{status: http.StatusNotAcceptable, message: apperr.NotAcceptable}
	}
	resp.media = media
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

// readBody returns the body of a POST, or 413 when it is larger than maxBody.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *httpError) {
	if r.Method == http.MethodGet {
		return nil, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &httpError{status: http.StatusRequestEntityTooLarge, message: apperr.BodyTooLarge}
	}
	if err != nil {
		return nil, badRequest(apperr.BodyUnreadable)
	}
	return body, nil
}

func checkContentType(header http.Header) *httpError {
	if header.Get("Content-Type") == mediaJSON && header.Get("Content-Encoding") == "" {
		return nil // fast path for most clients
	}
	media, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	charset, encoding := params["charset"], header.Get("Content-Encoding")
	switch {
	case err != nil || media != mediaJSON:
		return &httpError{status: http.StatusUnsupportedMediaType, message: apperr.WrongContentType}
	case !isUTF8(charset):
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
	switch text = bytes.TrimLeft(text, " \t\r\n"); {
	case len(text) == 0:
		return nil, badRequest(apperr.BodyEmpty)
	case text[0] == '[':
		return nil, badRequest(apperr.BodyIsBatch)
	case text[0] != '{':
		return nil, badRequest(apperr.BodyNotObject)
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil {
		return nil, badRequest(apperr.BodyNotJSON)
	}
	var params graphql.RawParams
	for _, member := range []struct {
		name    string
		value   any
		message apperr.Message
	}{
		{"query", &params.Query, apperr.MemberNotString},
		{"operationName", &params.OperationName, apperr.MemberNotString},
		{"variables", (*object)(&params.Variables), apperr.MemberNotObject},
		{"extensions", (*object)(&params.Extensions), apperr.MemberNotObject},
	} {
		if text, given := members[member.name]; given && json.Unmarshal(text, member.value) != nil {
			return nil, badRequest(member.message, member.name)
		}
	}
	return withQuery(&params)
}

func fromQuery(raw string) (*graphql.RawParams, *httpError) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, badRequest(apperr.QueryStringMalformed)
	}
	for _, list := range values {
		for _, value := range list {
			if !utf8.ValidString(value) {
				return nil, badRequest(apperr.QueryStringNotUTF8)
			}
		}
	}
	params := graphql.RawParams{Query: values.Get("query"), OperationName: values.Get("operationName")}
	if text := values.Get("variables"); text != "" && json.Unmarshal([]byte(text), (*object)(&params.Variables)) != nil {
		return nil, badRequest(apperr.MemberNotObject, "variables")
	}
	if text := values.Get("extensions"); text != "" && json.Unmarshal([]byte(text), (*object)(&params.Extensions)) != nil {
		return nil, badRequest(apperr.MemberNotObject, "extensions")
	}
	return withQuery(&params)
}

func withQuery(params *graphql.RawParams) (*graphql.RawParams, *httpError) {
	if params.Query == "" {
		return nil, badRequest(apperr.QueryMissing)
	}
	return params, nil
}
