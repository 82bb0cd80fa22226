package playground

import (
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// contentTypes are fixed, so that a response does not depend on the machine's MIME
// tables.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
	".ttf":  "font/ttf",
	".txt":  "text/plain; charset=utf-8",
}

// serveFile writes a file of the npm project's output and reports whether it exists. Each
// is stored gzipped with the suffix .gz, which takes a quarter of the space in the binary.
// Names of assets contain a hash of their content, so browsers may cache them forever.
func serveFile(w http.ResponseWriter, r *http.Request, files fs.FS, name string) (found bool) {
	file, err := files.Open("dist/" + name + ".gz")
	if err != nil {
		return false
	}
	defer file.Close()

	header := w.Header()
	header.Set("Content-Type", contentTypes[path.Ext(name)])
	header.Set("Vary", "Accept-Encoding")
	if strings.HasPrefix(name, "assets/") {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		header.Set("Content-Encoding", "gzip")
		_, _ = io.Copy(w, file) // fails when the client disconnects
		return true
	}
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		http.Error(w, "The embedded page is damaged: build it again.", http.StatusInternalServerError)
		return true
	}
	_, _ = io.Copy(w, unzipped) // fails when the client disconnects
	return true
}
