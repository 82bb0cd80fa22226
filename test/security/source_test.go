package security_test

import (
	"encoding/base64"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	fernetKey = regexp.MustCompile(`\b[A-Za-z0-9_-]{43}=`)
	// secret matches a Fernet ciphertext, a JSON Web Token and a private key.
	secret = regexp.MustCompile(`gAAAA[A-Za-z0-9_-]{90,}|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}|-----BEGIN [A-Z ]*PRIVATE KEY-----`)
	// dials matches what opens a connection with Go's standard library.
	dials = regexp.MustCompile(`\bhttp\.(Client|DefaultClient|DefaultTransport|Transport|Get|Head|Post|PostForm)\b|\b(net|tls)\.(Dial|Lookup)|\bnet\.Resolver\b|\bsmtp\.`)
)

// Only tests and bench may contain keys. Beside the connections to the database, only requests to providers leave the machine;
// health asks the server itself.
func TestSourceContainsNoKeysAndOnlyConnectionChecksSendRequests(t *testing.T) {
	t.Parallel()
	var clients []string
	files := 0
	err := fs.WalkDir(os.DirFS("../.."), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", ".data", "node_modules", "testdata", "bin", "dist", "test", "bench"}, entry.Name()):
			return fs.SkipDir
		case !entry.Type().IsRegular() || strings.HasSuffix(name, "_test.go") || slices.Contains([]string{"go.sum", "package-lock.json"}, entry.Name()):
			return nil
		}
		text, err := os.ReadFile("../../" + name)
		if err != nil {
			return err
		}
		files++
		found := secret.FindAllString(string(text), -1)
		for _, candidate := range fernetKey.FindAllString(string(text), -1) {
			if key, err := base64.URLEncoding.DecodeString(candidate); err == nil && len(key) == 32 {
				found = append(found, candidate)
			}
		}
		for _, key := range found {
			t.Errorf("%s contains a possible key: %.12s…", name, key)
		}
		if path.Ext(name) == ".go" && dials.Match(text) {
			clients = append(clients, name)
		}
		return nil
	})
	if err != nil || files < 200 {
		t.Errorf("%d files, %v", files, err)
	}
	if want := []string{"internal/cli/health.go", "internal/connection/client.go"}; !slices.Equal(clients, want) {
		t.Errorf("%s send requests, want %s", clients, want)
	}
}
