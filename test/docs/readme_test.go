package docs_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/devdb"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

func TestMain(m *testing.M) { os.Exit(testdb.Main(m)) }

// block matches a fenced code block and captures its language and text.
var block = regexp.MustCompile("(?ms)^```(sh|json)\n(.*?)^```")

func TestCallsOfReadmeReturnTheShownResponses(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil && os.Getenv("CI") == "" {
		t.Skip("curl is not installed")
	}
	server := testserver.New(t, testdb.Own)
	if err := devdb.FillDemo(t.Context(), server.App.DB, time.Now()); err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(read(t, root+"/README.md"), "\n## Try it\n")
	section, _, _ = strings.Cut(section, "\n## ")
	session, call, compared := "", "", 0
	for _, match := range block.FindAllStringSubmatch(section, -1) {
		switch language, text := match[1], match[2]; {
		case language == "sh" && strings.HasPrefix(text, "TOKEN="):
			session = text
		case language == "sh":
			call = strings.ReplaceAll(session+text, "http://127.0.0.1:8080", server.URL)
		default:
			compared++
			output, err := exec.CommandContext(t.Context(), "sh", "-euc", call).CombinedOutput()
			if err != nil || strings.TrimSpace(string(output)) != strings.TrimSpace(text) {
				t.Errorf("%s\ngot %s (%v)\nREADME.md shows %s", call, output, err, text)
			}
		}
	}
	if compared != 2 {
		t.Errorf("compared %d responses, want 2", compared)
	}
}
