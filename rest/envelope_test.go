package rest

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestHTMLCharactersAreNotEscaped(t *testing.T) {
	w := httptest.NewRecorder()
	writeSuccess(w, object{"data": "<ñ&>"})
	if got := w.Body.String(); w.Code != http.StatusOK || got != `{"data":"<ñ&>","ok":true}`+"\n" {
		t.Errorf("got %d %s", w.Code, got)
	}
}
