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

// refused says why a request is no GraphQL request. The message never quotes
// the request.
type refused struct {
	status  int
	allow   string // Allow header, with 405
	message apperr.Message
	args    []any // for the verbs of message
}

func badRequest(message apperr.Message, args ...any) *refused {
	return &refused{status: http.StatusBadRequest, message: message, args: args}
}

// read takes a GraphQL request out of an HTTP request. The size is looked at
// before anything else. It settles the media type of the answer on the way.
func read(w http.ResponseWriter, r *http.Request, a *answer) (*graphql.RawParams, *refused) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return nil, &refused{status: http.StatusMethodNotAllowed, allow: "GET, POST", message: apperr.GetOrPost}
	}
	text, refusal := content(w, r)
	if refusal != nil {
		return nil, refusal
	}
	media, ok := negotiate(r.Header.Values("Accept"))
	if !ok {
		return nil, &refused{status: http.StatusNotAcceptable, message: apperr.NotAcceptable}
	}
	a.media = media
	var params *graphql.RawParams
	if r.Method == http.MethodGet {
		params, refusal = fromQuery(r.URL.RawQuery)
	} else if refusal = checkContentType(r.Header); refusal == nil {
		params, refusal = fromBody(text)
	}
	if refusal != nil {
		return nil, refusal
	}
	params.Headers = r.Header
	return params, nil
}

// content is the body of a POST, as far as it is small enough.
func content(w http.ResponseWriter, r *http.Request) ([]byte, *refused) {
	if r.Method == http.MethodGet {
		return nil, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &refused{status: http.StatusRequestEntityTooLarge, message: apperr.BodyTooLarge}
	}
	if err != nil {
		return nil, badRequest(apperr.BodyUnreadable)
	}
	return body, nil
}

func checkContentType(header http.Header) *refused {
	if header.Get("Content-Type") == mediaJSON && header.Get("Content-Encoding") == "" {
		return nil // as most clients write it
	}
	media, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	charset, encoding := params["charset"], header.Get("Content-Encoding")
	switch {
	case err != nil || media != mediaJSON:
		return &refused{status: http.StatusUnsupportedMediaType, message: apperr.WrongContentType}
	case charset != "" && !strings.EqualFold(charset, "utf-8"):
		return &refused{status: http.StatusUnsupportedMediaType, message: apperr.WrongCharset}
	case encoding != "" && !strings.EqualFold(encoding, "identity"):
		return &refused{status: http.StatusUnsupportedMediaType, message: apperr.BodyCompressed}
	}
	return nil
}

// request is the JSON of a GraphQL request. Other members are ignored, as the
// specification leaves room for them.
type request struct {
	Query         string `json:"query"`
	OperationName string `json:"operationName"`
	Variables     object `json:"variables"`
	Extensions    object `json:"extensions"`
}

// object is a JSON object whose numbers keep their digits.
type object map[string]any

func (o *object) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode((*map[string]any)(o))
}

func fromBody(text []byte) (*graphql.RawParams, *refused) {
	if !utf8.Valid(text) {
		return nil, badRequest(apperr.BodyNotUTF8)
	}
	switch text = bytes.TrimLeft(text, " \t\r\n"); {
	case len(text) == 0:
		return nil, badRequest(apperr.BodyEmpty)
	case text[0] == '[':
		return nil, badRequest(apperr.BodyIsBatch)
	case text[0] != '{':
		return nil, badRequest(apperr.BodyNotObject)
	}
	var req request
	if err := json.Unmarshal(text, &req); err != nil {
		return nil, notDecoded(err)
	}
	return req.params()
}

func fromQuery(raw string) (*graphql.RawParams, *refused) {
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
	req := request{Query: values.Get("query"), OperationName: values.Get("operationName")}
	if text := values.Get("variables"); text != "" && json.Unmarshal([]byte(text), &req.Variables) != nil {
		return nil, badRequest(apperr.MemberNotObject, "variables")
	}
	if text := values.Get("extensions"); text != "" && json.Unmarshal([]byte(text), &req.Extensions) != nil {
		return nil, badRequest(apperr.MemberNotObject, "extensions")
	}
	return req.params()
}

func (r request) params() (*graphql.RawParams, *refused) {
	if r.Query == "" {
		return nil, badRequest(apperr.QueryMissing)
	}
	return &graphql.RawParams{
		Query:         r.Query,
		OperationName: r.OperationName,
		Variables:     r.Variables,
		Extensions:    r.Extensions,
	}, nil
}

// notDecoded says what is wrong with a body. The decoder's own message quotes the
// body.
func notDecoded(err error) *refused {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		switch wrong.Field {
		case "query", "operationName":
			return badRequest(apperr.MemberNotString, wrong.Field)
		case "variables", "extensions":
			return badRequest(apperr.MemberNotObject, wrong.Field)
		}
	}
	return badRequest(apperr.BodyNotJSON)
}
