package clients

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/internal/apperr"
)

const page = "../../docs/clients.md"

func TestDocumentationLinksToAllExamples(t *testing.T) {
	text := read(t, page)
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	examples := 0
	for _, entry := range entries {
		if !entry.IsDir() || entry.Name() == "node_modules" {
			continue
		}
		examples++
		if !strings.Contains(text, "](../test/clients/"+entry.Name()+"/profile.") {
			t.Errorf("docs/clients.md has no link to test/clients/%s", entry.Name())
		}
	}
	if examples < 5 {
		t.Errorf("found only %d examples", examples)
	}
}

func TestDocumentationExplainsAllErrorCodes(t *testing.T) {
	var codes []string
	for _, code := range apperr.Codes() {
		codes = append(codes, string(code))
	}
	for _, value := range graph.Schema().Types["UserErrorCode"].EnumValues {
		codes = append(codes, value.Name)
	}
	text := read(t, page)
	for _, code := range codes {
		if !regexp.MustCompile("(?m)^\\|[^|]*`" + code + "`").MatchString(text) {
			t.Errorf("%s is not in a table of docs/clients.md", code)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
