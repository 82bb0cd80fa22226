package rest

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
)

// success is what a route answers with 200.
type success struct {
	// members stand beside ok; nil for none.
	members object
	// tag names the state that is shown; empty when it has no name.
	tag string
}

// write answers with the members, or 304 to whoever has them already.
func (s success) write(w http.ResponseWriter, r *http.Request) {
	if s.tag != "" {
		w.Header().Set("ETag", strong(s.tag))
		if parseTags(r.Header.Values("If-None-Match")).weakly(s.tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	writeSuccess(w, s.members)
}

// writeSuccess answers {"ok":true} with the given members beside it.
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
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // a client that is gone is no fault of the server
}
