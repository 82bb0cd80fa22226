package clients

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/graph"
	"github.com/stay-sidekick/profile-server/internal/apperr"
)

var update = flag.Bool("update", false, "write the examples into docs/clients.md")

const (
	root = "../.."
	page = root + "/docs/clients.md"
)

// block is a fenced block whose first line names the file that it shows:
// ```js test/clients/fetch/profile.js
var block = regexp.MustCompile("(?ms)^```\\w+ (\\S+)\n(.*?)^```$")

func TestTheDocumentationShowsTheTestedFiles(t *testing.T) {
	text := read(t, page)
	current := block.ReplaceAllStringFunc(text, func(shown string) string {
		opening, _, _ := strings.Cut(shown, "\n")
		_, file, _ := strings.Cut(opening, " ")
		return opening + "\n" + read(t, filepath.Join(root, file)) + "```"
	})
	if *update {
		if err := os.WriteFile(page, []byte(current), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if text != current {
		t.Error("docs/clients.md does not show the files as they are: go test ./test/clients -run Documentation -update")
	}
}

func TestTheDocumentationShowsEveryFileOfTheExamples(t *testing.T) {
	var shown []string
	for _, match := range block.FindAllStringSubmatch(read(t, page), -1) {
		shown = append(shown, match[1])
	}
	unshown := []string{"generated.go", "tsconfig.json"}
	folders := []string{"gql", "build"} // made by npm run build
	for _, example := range []string{"fetch", "apollo", "urql", "codegen", "genqlient"} {
		err := filepath.WalkDir(example, func(name string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.IsDir() && slices.Contains(folders, entry.Name()) {
				return fs.SkipDir
			}
			if !entry.IsDir() && !slices.Contains(unshown, entry.Name()) && !slices.Contains(shown, "test/clients/"+filepath.ToSlash(name)) {
				t.Errorf("%s is not shown", name)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheDocumentationExplainsEveryErrorCode(t *testing.T) {
	var codes []string
	for _, code := range apperr.Codes() {
		codes = append(codes, string(code))
	}
	for _, value := range graph.Schema().Types["UserErrorCode"].EnumValues {
		codes = append(codes, value.Name)
	}
	if len(codes) < 17 {
		t.Fatalf("found only %v", codes)
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
