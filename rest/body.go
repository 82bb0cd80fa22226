package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
)

// maxBody is the maximum size of a request body, in bytes.
const maxBody = 64 << 10

// object is a decoded JSON object, with numbers as json.Number.
type object = map[string]any

var byteOrderMark = []byte("\xef\xbb\xbf")

// readBody returns the JSON object in the body of a request. As in the Python
// service, an empty value ({}, [], null, "", 0, false) counts as no body.
func readBody(r *http.Request) (object, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) || media != "application/json" {
		return nil, errContentType
	}
	text, err := io.ReadAll(r.Body)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, errUnreadable
	}
	return decodeBody(text)
}

// decodeBody decodes one JSON value in UTF-8, with or without a byte order mark.
// The last value of a duplicate key wins, as in Python.
func decodeBody(text []byte) (object, error) {
	text = bytes.TrimPrefix(text, byteOrderMark)
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, errNoBody
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, errNotJSON
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errNotJSON
	}
	if isEmpty(value) {
		return nil, errNoBody
	}
	body, ok := value.(object)
	if !ok {
		return nil, errNotObject
	}
	return body, nil
}

// isEmpty reports whether a JSON value is false in Python.
func isEmpty(value any) bool {
	switch v := value.(type) {
	case object:
		return len(v) == 0
	case []any:
		return len(v) == 0
	case string:
		return v == ""
	case json.Number:
		f, err := v.Float64()
		return err == nil && f == 0
	case bool:
		return !v
	}
	return value == nil
}
