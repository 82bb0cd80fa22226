package playground

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"
	"testing/fstest"
)

const script = "console.info('hello')"

func builtFiles(t *testing.T) fs.FS {
	t.Helper()
	return fstest.MapFS{
		"dist/index.html.gz":           {Data: zipped(t, "<!doctype html>")},
		"dist/licenses.txt.gz":         {Data: zipped(t, "MIT")},
		"dist/assets/index-abc1.js.gz": {Data: zipped(t, script)},
	}
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var buffer bytes.Buffer
	writer := gzip.NewWriter(&buffer)
	if _, err := io.WriteString(writer, text); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func request(files fs.FS, method, target, acceptEncoding string) *httptest.ResponseRecorder {
	opts := Options{Endpoint: "/graphql", Accounts: []Account{{Label: "Admin", Email: "a@example.com", Password: "demo"}}}
	r := httptest.NewRequest(method, target, nil)
	r.Header.Set("Accept-Encoding", acceptEncoding)
	w := httptest.NewRecorder()
	handler(opts, files, http.NotFoundHandler()).ServeHTTP(w, r)
	return w
}

func TestBuiltPageIsServedWithItsAssets(t *testing.T) {
	const forever = "public, max-age=31536000, immutable"
	for _, tt := range []struct {
		method, target, encoding     string
		status                       int
		body, contentType, cacheable string
	}{
		{"GET", "/playground", "", 200, "<!doctype html>", "text/html; charset=utf-8", ""},
		{"GET", "/playground/", "", 200, "<!doctype html>", "text/html; charset=utf-8", ""},
		{"GET", "/playground/assets/index-abc1.js", "", 200, script, "text/javascript; charset=utf-8", forever},
		{"GET", "/playground/assets/index-abc1.js", "gzip, deflate, br", 200, string(zipped(t, script)), "text/javascript; charset=utf-8", forever},
		{"GET", "/playground/licenses.txt", "", 200, "MIT", "text/plain; charset=utf-8", ""},
		{"GET", "/playground/config.json", "", 200, `"password":"demo"`, "application/json", ""},
		{"GET", "/playground/assets/other.js", "", 404, "not found", "text/plain; charset=utf-8", ""},
		{"GET", "/playground/assets/..%2findex.html", "", 404, "not found", "text/plain; charset=utf-8", ""},
		{"GET", "/playground/elsewhere", "", 404, "not found", "text/plain; charset=utf-8", ""},
	} {
		t.Run(tt.method+" "+tt.target, func(t *testing.T) {
			w := request(builtFiles(t), tt.method, tt.target, tt.encoding)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.body) {
				t.Errorf("got %d %q, want %d %q", w.Code, w.Body, tt.status, tt.body)
			}
			if got := w.Header().Get("Content-Type"); got != tt.contentType {
				t.Errorf("Content-Type %q, want %q", got, tt.contentType)
			}
			if gzipped := w.Header().Get("Content-Encoding") == "gzip"; gzipped != (tt.encoding != "") {
				t.Errorf("gzipped: %t", gzipped)
			}
			if got := w.Header().Get("Cache-Control"); got != tt.cacheable {
				t.Errorf("Cache-Control %q, want %q", got, tt.cacheable)
			}
		})
	}
}

func TestEveryResponseForbidsForeignAndInlineScripts(t *testing.T) {
	for _, target := range []string{"/playground", "/playground/assets/index-abc1.js", "/playground/config.json", "/playground/none"} {
		header := request(builtFiles(t), "GET", target, "").Header()
		policy := map[string]string{}
		for directive := range strings.SplitSeq(header.Get("Content-Security-Policy"), "; ") {
			name, value, _ := strings.Cut(directive, " ")
			policy[name] = value
		}
		for name, want := range map[string]string{
			"default-src": "'none'", "script-src": "'self'", "worker-src": "'self'", "connect-src": "'self'",
			"base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'",
		} {
			if policy[name] != want {
				t.Errorf("%s: %s is %q, want %q", target, name, policy[name], want)
			}
		}
	}
}

func TestPageWithoutBuildHasInstructions(t *testing.T) {
	w := request(fstest.MapFS{"dist/.gitkeep": {}}, "GET", "/playground", "gzip")
	for _, want := range []string{"make run", `href="/schema.graphqls"`} {
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%d: %q is missing in %s", w.Code, want, w.Body)
		}
	}
	if w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("Content-Type %q", w.Header().Get("Content-Type"))
	}
}

func TestEveryEmbeddedFileIsGzippedAndHasAContentType(t *testing.T) {
	err := fs.WalkDir(embedded, "dist", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == ".gitkeep" {
			return err
		}
		plain, gzipped := strings.CutSuffix(name, ".gz")
		if !gzipped || contentTypes[path.Ext(plain)] == "" {
			t.Errorf("%s would not be served", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
