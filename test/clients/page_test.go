package clients

import (
	"os"
	"regexp"
	"testing"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/internal/apperr"
)

func TestDocumentationExplainsAllErrorCodes(t *testing.T) {
	var codes []string
	for _, code := range apperr.Codes() {
		codes = append(codes, string(code))
	}
	for _, value := range graph.Schema().Types["UserErrorCode"].EnumValues {
		codes = append(codes, value.Name)
	}
	text, err := os.ReadFile("../../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range codes {
		if !regexp.MustCompile("(?m)^\\|[^|]*`" + code + "`").Match(text) {
			t.Errorf("%s is not in a table of docs/clients.md", code)
		}
	}
}
