package apperr_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

func TestCodesListsEveryCode(t *testing.T) {
	source, err := os.ReadFile("apperr.go")
	if err != nil {
		t.Fatal(err)
	}
	var declared []apperr.Code
	for _, match := range regexp.MustCompile(`(?m)^\t\w+ +Code = "([A-Z_]+)"`).FindAllSubmatch(source, -1) {
		declared = append(declared, apperr.Code(match[1]))
	}
	if len(declared) == 0 || !slices.Equal(apperr.Codes(), declared) {
		t.Errorf("got %q, want the declared codes %q", apperr.Codes(), declared)
	}
}
