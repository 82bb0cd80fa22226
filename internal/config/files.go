package config

import (
	"errors"
	"io/fs"
	"os"
	"strings"
)

// secrets are the settings that a file may hold. The variable with the suffix _FILE
// names the file.
var secrets = []string{"DATABASE_URL", "JWT_SECRET_KEY", "JWT_OLD_SECRET_KEYS", "FERNET_KEY", "FERNET_OLD_KEYS"}

const fileSuffix = "_FILE"

// readFiles makes lookup return the content of a file, without one line end, for each
// secret whose variable names one. No error contains a value or a path, because a path
// may be a secret that was set in the wrong variable.
func (e *environment) readFiles() {
	environ, files := e.lookup, make(map[string]string)
	for _, name := range secrets {
		path, set := environ(name + fileSuffix)
		if set && path == "" && name == "DATABASE_URL" { // see databaseURL
			e.fail(name+fileSuffix, "the path of a file, or unset for a development run: it is empty")
		}
		if path == "" {
			continue
		}
		if value, _ := environ(name); value != "" {
			e.fail(name+fileSuffix, "unset when "+name+" is set")
		}
		content, err := os.ReadFile(path)
		if err != nil {
			e.fail(name+fileSuffix, "the path of a readable file: "+reason(err))
		}
		files[name] = strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	}
	e.lookup = func(name string) (string, bool) {
		if content, ok := files[name]; ok {
			return content, true
		}
		return environ(name)
	}
}

// reason returns the cause of a failed file access, without the path.
func reason(err error) string {
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return failed.Err.Error()
	}
	return "it cannot be read"
}
