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
)

// refused says why a request is no GraphQL request. The message never quotes
// the request.
type refused struct {
	status  int
	allow   string // Allow header, with 405
	message string
}

func badRequest(message string) *refused {
	return &refused{status: http.StatusBadRequest, message: message}
}

// read takes a GraphQL request out of an HTTP request. The size is looked at
// before anything else. It settles the media type of the answer on the way.
func read(w http.ResponseWriter, r *http.Request, a *answer) (*graphql.RawParams, *refused) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return nil, &refused{status: http.StatusMethodNotAllowed, allow: "GET, POST", message: "Use POST, or GET for queries."}
	}
	text, refusal := content(w, r)
	if refusal != nil {
		return nil, refusal
	}
	media, ok := negotiate(r.Header.Values("Accept"))
	if !ok {
		return nil, &refused{status: http.StatusNotAcceptable, message: "Accept " + mediaResponse + " or " + mediaJSON + "."}
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
		return nil, &refused{status: http.StatusRequestEntityTooLarge, message: "The body is longer than 64 KiB."}
	}
	if err != nil {
		return nil, badRequest("The body could not be read to its end.")
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
		return &refused{status: http.StatusUnsupportedMediaType, message: "The content type must be application/json."}
	case charset != "" && !strings.EqualFold(charset, "utf-8"):
		return &refused{status: http.StatusUnsupportedMediaType, message: "The charset must be utf-8."}
	case encoding != "" && !strings.EqualFold(encoding, "identity"):
		return &refused{status: http.StatusUnsupportedMediaType, message: "The body must not be compressed."}
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
		return nil, badRequest("The body is not valid UTF-8.")
	}
	switch text = bytes.TrimLeft(text, " \t\r\n"); {
	case len(text) == 0:
		return nil, badRequest("The body is empty: send a JSON object with a query.")
	case text[0] == '[':
		return nil, badRequest("The body must be one JSON object: requests cannot be sent in a batch.")
	case text[0] != '{':
		return nil, badRequest("The body must be a JSON object.")
	}
	var req request
	if err := json.Unmarshal(text, &req); err != nil {
		return nil, badRequest(wording(err))
	}
	return req.params()
}

func fromQuery(raw string) (*graphql.RawParams, *refused) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, badRequest("The query string is not well formed.")
	}
	for _, list := range values {
		for _, value := range list {
			if !utf8.ValidString(value) {
				return nil, badRequest("The query string is not valid UTF-8.")
			}
		}
	}
	req := request{Query: values.Get("query"), OperationName: values.Get("operationName")}
	if text := values.Get("variables"); text != "" && json.Unmarshal([]byte(text), &req.Variables) != nil {
		return nil, badRequest("variables must be a JSON object.")
	}
	if text := values.Get("extensions"); text != "" && json.Unmarshal([]byte(text), &req.Extensions) != nil {
		return nil, badRequest("extensions must be a JSON object.")
	}
	return req.params()
}

func (r request) params() (*graphql.RawParams, *refused) {
	if r.Query == "" {
		return nil, badRequest("query is missing: it must be a string with a GraphQL document.")
	}
	return &graphql.RawParams{
		Query:         r.Query,
		OperationName: r.OperationName,
		Variables:     r.Variables,
		Extensions:    r.Extensions,
	}, nil
}

// wording says what is wrong with a body in a sentence of its own: the words
// of the decoder quote the body.
func wording(err error) string {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		switch wrong.Field {
		case "query", "operationName":
			return wrong.Field + " must be a string."
		case "variables", "extensions":
			return wrong.Field + " must be an object."
		}
	}
	return "The body is not valid JSON."
}
