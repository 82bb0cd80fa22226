package scalar

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const canary = "s3cr3t-canary"

func TestAPIKeyIsTrimmedAtBothEndsOnly(t *testing.T) {
	const key = "sk-a b\u200b\"c"
	for name, sent := range map[string]string{
		"nothing around it":         key,
		"white space":               " \t\u00a0" + key + "\u3000 ",
		"line ends":                 "\r\n" + key + "\r\n",
		"a BOM":                     "\ufeff" + key,
		"zero-width characters":     "\u200b\u200c\u200d" + key + "\u2060\u200b",
		"marks of direction":        "\u200e" + key + "\u202c",
		"double quotes":             `"` + key + `"`,
		"single quotes":             "'" + key + "'",
		"typographic quotes":        "“" + key + "”",
		"Bearer":                    "Bearer " + key,
		"bearer, several spaces":    "bearer  " + key,
		"Bearer in quotes":          `"Bearer ` + key + `"` + "\n",
		"quotes after Bearer":       `Bearer "` + key + `"`,
		"quotes inside white space": " \ufeff'" + key + "' \n",
	} {
		if got := mustRead[ApiKey](t, sent).Reveal(); got != key {
			t.Errorf("%s: read as %q", name, got)
		}
	}
	if got := mustRead[ApiKey](t, "bearer-1").Reveal(); got != "bearer-1" {
		t.Errorf("a key that starts with bearer is read as %q", got)
	}
}

// input has the form of gqlgen's input types. fmt does not call the methods of
// hidden, because the field is unexported.
type input struct {
	Password    Password
	NewPassword *NewPassword
	Keys        []ApiKey
	hidden      ApiKey
}

func TestSecretsAreNeitherPrintedNorLoggedNorEncoded(t *testing.T) {
	newPassword, key := mustRead[NewPassword](t, canary), mustRead[ApiKey](t, canary)
	in := input{mustRead[Password](t, canary), &newPassword, []ApiKey{key}, key}
	for name, value := range map[string]any{
		"Password": in.Password, "*NewPassword": in.NewPassword, "ApiKey": key, "list": in.Keys,
		"input": in, "*input": &in, "map": map[string]any{"key": key},
	} {
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%t", "%c", "%10.3s", "%!"} {
			_, _ = fmt.Fprintf(&out, verb+"\n", value)
		}
		options := &slog.HandlerOptions{Level: slog.LevelDebug}
		for _, handler := range []slog.Handler{slog.NewTextHandler(&out, options), slog.NewJSONHandler(&out, options)} {
			slog.New(handler).Info("request", "value", value, slog.Group("group", "value", value))
		}
		if err := json.NewEncoder(&out).Encode(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_ = xml.NewEncoder(&out).Encode(value) // fails for a map
		bytesOf := strings.Trim(fmt.Sprint([]byte(canary)), "[]")
		for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), bytesOf} {
			if strings.Contains(out.String(), form) {
				t.Errorf("%s contains the secret: %s", name, &out)
			}
		}
	}
	encoded, err := json.Marshal(key)
	if got := fmt.Sprintf("%v %x %s", key, key, encoded); err != nil || got != `[redacted] [redacted] "[redacted]"` {
		t.Errorf("printed %s, %v", got, err)
	}
	if got := (Password{}).Reveal(); got != "" {
		t.Errorf("the zero value reveals %q", got)
	}
}
