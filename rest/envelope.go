package rest

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
)

// writeSuccess writes a 200 response: {"ok":true} and the given members, which
// may be nil.
func writeSuccess(w http.ResponseWriter, members object) {
	envelope := object{"ok": true}
	maps.Copy(envelope, members)
	writeJSON(w, http.StatusOK, envelope)
}

// writeError writes {"ok":false} with the messages of e.
func writeError(w http.ResponseWriter, e *httpError) {
	if e.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(e.retryAfter))
	}
	writeJSON(w, e.status, object{"ok": false, "errors": e.messages})
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false) // legacy clients compare text
	if err := encoder.Encode(value); err != nil {
		panic(err) // impossible: value holds only decoded JSON and text
	}
	w.Header().Set("Content-Language", language.String())
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // fails only if the client has disconnected
}
