package rest

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
)

// writeSuccess answers {"ok":true} with the given members beside it; nil for
// none.
func writeSuccess(w http.ResponseWriter, members object) {
	envelope := object{"ok": true}
	maps.Copy(envelope, members)
	writeJSON(w, http.StatusOK, envelope)
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false) // legacy callers compare text
	if err := encoder.Encode(value); err != nil {
		panic(err) // only what was decoded from JSON, and text, is ever encoded
	}
	w.Header().Set("Content-Language", language.String())
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // a client that is gone is no fault of the server
}
