package problem_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/problem"
)

func TestCodesListsEveryCode(t *testing.T) {
	source, err := os.ReadFile("problem.go")
	if err != nil {
		t.Fatal(err)
	}
	var declared []problem.Code
	for _, match := range regexp.MustCompile(`(?m)^\t\w+ +Code = "([A-Z_]+)"`).FindAllSubmatch(source, -1) {
		declared = append(declared, problem.Code(match[1]))
	}
	if len(declared) == 0 || !slices.Equal(problem.Codes(), declared) {
		t.Errorf("got %q, declared are %q", problem.Codes(), declared)
	}
}
