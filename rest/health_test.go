package rest_test

import (
	"net/http"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestHealthNeedsNobody(t *testing.T) {
	t.Parallel()
	s := newServer(t, testdb.Own)
	s.send(t, http.MethodGet, "/api/health", "").expect(t, http.StatusOK, `{"status":"ok"}`)
}
