package cli_test

import (
	"maps"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

const canary = "canary-in-a-coal-mine"

func TestInvalidSettingStopsTheStartWithOneLineThatNamesIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, value, should string }{
		{"DATABASE_URL", "http://user:" + canary + "@127.0.0.1", ""},
		{"LOG_FORMAT", canary, ""},
		{"JWT_SECRET_KEY", "", "set together with DATABASE_URL"},
	} {
		line := mustFail(t, production("postgres://127.0.0.1:1/none").with(c.name, c.value), "serve")
		if !strings.HasPrefix(line, "profile-server: "+c.name+" must be "+c.should) || strings.Contains(line, canary) {
			t.Errorf("%s: %s", c.name, line)
		}
	}
}

func TestJWTKeyThatCannotBecomeAnOldKeyCausesAWarning(t *testing.T) {
	t.Parallel()
	const warning = "JWT_SECRET_KEY contains a comma"
	s := production(testdb.New(t, testdb.Own).URL).with("JWT_SECRET_KEY", canary+","+canary)
	if out := mustRun(t, s, "check"); !strings.Contains(out, "\nsettings: "+warning) || strings.Contains(out, canary) {
		t.Errorf("check: %s", out)
	}
	p, _ := serve(t, s)
	if log := p.err.String(); !strings.Contains(log, `"level":"WARN","msg":"`+warning) || strings.Contains(log, canary) {
		t.Errorf("serve: %s", log)
	}
}

// settingRow matches a row whose first column has settings, and settingName one of them.
var (
	settingRow  = regexp.MustCompile("(?m)^\\| (`[A-Z0-9_]+`(?:, `[A-Z0-9_]+`)*) \\|")
	settingName = regexp.MustCompile("[A-Z0-9_]+")
)

func TestEverySettingIsDocumentedAndEveryDocumentedSettingIsRead(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := make(map[string]bool)
	for _, row := range settingRow.FindAllStringSubmatch(string(page), -1) {
		for _, name := range settingName.FindAllString(row[1], -1) {
			documented[name] = true
		}
	}
	read := make(map[string]bool)
	_, err = config.Load(func(name string) (string, bool) {
		read[name] = true
		return "", false
	})
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(documented, read) {
		t.Errorf("docs/settings.md has %v\nthe server reads   %v", slices.Sorted(maps.Keys(documented)), slices.Sorted(maps.Keys(read)))
	}
}

func TestAddressInUseIsReportedInOneLine(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	s := production(testdb.New(t, testdb.Own).URL)
	for _, name := range []string{"LISTEN_ADDR", "ADMIN_ADDR"} {
		code, out, reported := runCommand(t, s.with(name, taken.Addr().String()), "serve")
		if code != 1 {
			t.Errorf("%s: exit code %d", name, code)
		}
		want := "profile-server: " + name + ": cannot listen on " + taken.Addr().String() + ": the address is in use by another program, perhaps by another run of this one\n"
		if reported != want || out != "" {
			t.Errorf("%s: got %q%q, want %q", name, out, reported, want)
		}
	}
	line := mustFail(t, s.with("LISTEN_ADDR", "192.0.2.1:80"), "serve")
	if !strings.Contains(line, "LISTEN_ADDR: cannot listen on 192.0.2.1:80: ") || strings.Count(line, "192.0.2.1") != 1 {
		t.Errorf("an address of another machine: %s", line)
	}
}
