package security_test

import (
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

var (
	fernetKey  = regexp.MustCompile(`\b[A-Za-z0-9_-]{43}=`)
	fernet     = regexp.MustCompile(`gAAAA[A-Za-z0-9_-]{90,}`)
	jsonToken  = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}`)
	privateKey = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)
)

// Only tests and bench may contain keys.
func TestSourceContainsNoKeys(t *testing.T) {
	files := 0
	eachFile(t, func(name, text string) {
		if isTestCode(name) {
			return
		}
		files++
		for _, secret := range keysIn(text) {
			t.Errorf("%s contains a possible key: %.12s…", name, secret)
		}
	})
	if files < 200 {
		t.Errorf("%d files", files)
	}
}

// dials matches what opens a connection with Go's standard library.
var dials = regexp.MustCompile(`\bhttp\.(Client|DefaultClient|DefaultTransport|Transport|Get|Head|Post|PostForm)\b|\b(net|tls)\.(Dial|Lookup)|\bnet\.Resolver\b|\bsmtp\.`)

// Beside the connections to the database, only requests to providers leave the machine;
// health asks the server itself.
func TestOnlyConnectionChecksSendRequests(t *testing.T) {
	var clients []string
	eachFile(t, func(name, text string) {
		path := strings.TrimPrefix(filepath.ToSlash(name), root+"/")
		tests := strings.HasPrefix(path, "test/") || strings.HasPrefix(path, "bench/") || strings.HasSuffix(path, "_test.go")
		if strings.HasSuffix(path, ".go") && !tests && dials.MatchString(text) {
			clients = append(clients, path)
		}
	})
	if want := []string{"internal/cli/health.go", "internal/connection/client.go"}; !slices.Equal(clients, want) {
		t.Errorf("got %s, want %s", clients, want)
	}
}

// eachFile calls visit with the text of every file of the source.
func eachFile(t *testing.T, visit func(name, text string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains([]string{".git", ".data", "node_modules", "testdata", "bin", "dist"}, entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if isChecksumFile(entry.Name()) || !entry.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(name)
		if err == nil {
			visit(name, string(text))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func isTestCode(name string) bool {
	path := filepath.ToSlash(name)
	return strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/test/support/testserver/") || strings.HasPrefix(path, root+"/bench/")
}

func isChecksumFile(name string) bool { return name == "go.sum" || name == "package-lock.json" }

func keysIn(text string) (found []string) {
	for _, candidate := range fernetKey.FindAllString(text, -1) {
		if key, err := base64.URLEncoding.DecodeString(candidate); err == nil && len(key) == 32 {
			found = append(found, candidate)
		}
	}
	for _, form := range []*regexp.Regexp{fernet, jsonToken, privateKey} {
		found = append(found, form.FindAllString(text, -1)...)
	}
	return found
}
