package docs_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// items are those of OWASP ASVS 5.0 that docs/security.md answers.
var items = []string{
	"6.2.1", "6.2.3", "6.2.4", "6.2.8", "6.3.1", "6.3.8", "7.3.2", "7.4.1", "7.4.2", "7.4.3", "8.2.1", "8.3.2",
	"9.1.2", "9.2.1", "11.3.3", "13.3.1", "13.3.4", "14.2.1", "14.2.6", "14.3.2", "16.2.5", "16.3.1", "16.3.2", "16.5.1",
}

var (
	row       = regexp.MustCompile(`(?m)^\| ([0-9]+\.[0-9]+\.[0-9]+) \|.*$`)
	namedTest = regexp.MustCompile("`([a-z0-9/-]+)\\.((?:Test|Fuzz)[A-Z]\\w*)`")
)

func TestEveryItemOfTheStandardIsAnsweredOnceWithATest(t *testing.T) {
	var answered []string
	for _, match := range row.FindAllStringSubmatch(read(t, root+"/docs/security.md"), -1) {
		answered = append(answered, match[1])
		if !namedTest.MatchString(match[0]) {
			t.Errorf("%s names no test", match[1])
		}
	}
	if !slices.Equal(answered, items) {
		t.Errorf("answered are %q, want %q", answered, items)
	}
}

func TestEveryTestThatTheSecurityPageNamesExists(t *testing.T) {
	named := namedTest.FindAllStringSubmatch(read(t, root+"/docs/security.md"), -1)
	if len(named) < len(items) {
		t.Fatalf("only %d tests are named", len(named))
	}
	for _, match := range named {
		if !exists(t, match[1], match[2]) {
			t.Errorf("%s has no %s", match[1], match[2])
		}
	}
	// Whatever looks like a test must have been read as one.
	loose := regexp.MustCompile(`\b(Test|Fuzz)[A-Z]\w+`)
	if all := loose.FindAllString(read(t, root+"/docs/security.md"), -1); len(all) != len(named) {
		t.Errorf("%d names of tests, of which %d have a package", len(all), len(named))
	}
}

// exists looks for a test function in a folder.
func exists(t *testing.T, folder, function string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.Contains(read(t, file), fmt.Sprintf("\nfunc %s(", function)) {
			return true
		}
	}
	return false
}
