package rest

import "net/http"

// health says that the server answers, whatever its database does.
func health(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, object{"status": "ok"})
}
