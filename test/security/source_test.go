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
		if isTestCode(name) || isChecksumFile(entry.Name()) || !entry.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		files++
		for _, secret := range keysIn(string(text)) {
			t.Errorf("%s contains a possible key: %.12s…", name, secret)
		}
		return nil
	})
	if err != nil || files < 200 {
		t.Errorf("%d files, %v", files, err)
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
