package scalar

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
)

const canary = "s3cr3t-canary"

// input has the form of gqlgen's input types. fmt does not call the methods of
// hidden, because the field is unexported.
type input struct {
	Password    Password
	NewPassword *NewPassword
	Keys        []ApiKey
	hidden      ApiKey
}

func secretInput(t *testing.T) input {
	newPassword := mustRead[NewPassword](t, canary)
	key := mustRead[ApiKey](t, canary)
	return input{mustRead[Password](t, canary), &newPassword, []ApiKey{key}, key}
}

func secretValues(t *testing.T) map[string]any {
	in := secretInput(t)
	return map[string]any{
		"Password": in.Password, "*NewPassword": in.NewPassword, "ApiKey": in.Keys[0], "list": in.Keys,
		"input": in, "*input": &in, "map": map[string]any{"key": in.Keys[0]},
	}
}

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

func TestSecretsAreNotPrinted(t *testing.T) {
	for name, value := range secretValues(t) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%t", "%c", "%10.3s", "%!"} {
			assertNoCanary(t, name+" "+verb, fmt.Sprintf(verb, value))
		}
		assertNoCanary(t, name+" Sprintln", fmt.Sprintln(value))
	}
}

func TestSecretsAreNotLogged(t *testing.T) {
	for name, value := range secretValues(t) {
		var out bytes.Buffer
		options := &slog.HandlerOptions{Level: slog.LevelDebug}
		for _, handler := range []slog.Handler{slog.NewTextHandler(&out, options), slog.NewJSONHandler(&out, options)} {
			slog.New(handler).Info("request", "value", value, slog.Group("group", "value", value))
		}
		assertNoCanary(t, name, out.String())
	}
}

func TestSecretsAreNotEncoded(t *testing.T) {
	for name, value := range secretValues(t) {
		encoded, err := json.Marshal(value)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		assertNoCanary(t, name+" as JSON", string(encoded))
		encoded, _ = xml.Marshal(value) // fails for a map
		assertNoCanary(t, name+" as XML", string(encoded))
	}
}

func TestSecretsAreWrittenAsNull(t *testing.T) {
	in := secretInput(t)
	for _, got := range []string{marshal(in.Password), marshal(in.NewPassword), marshal(in.Keys[0])} {
		if got != "null" {
			t.Errorf("got %s", got)
		}
	}
}

func TestSecretIsPrintedAsRedacted(t *testing.T) {
	key := mustRead[ApiKey](t, canary)
	for _, got := range []string{
		key.String(), key.GoString(), key.LogValue().String(),
		fmt.Sprint(key), fmt.Sprintf("%#v", key), fmt.Sprintf("%x", key), fmt.Sprintf("%d", key),
	} {
		if got != "[redacted]" {
			t.Errorf("got %q", got)
		}
	}
	if encoded, err := json.Marshal(key); err != nil || string(encoded) != `"[redacted]"` {
		t.Errorf("got %s, %v", encoded, err)
	}
}

func TestPasswordsAreKeptAsSent(t *testing.T) {
	const text = "  Contraseña \t"
	var (
		password    Password
		newPassword NewPassword
	)
	for _, s := range []interface {
		graphql.Unmarshaler
		Reveal() string
	}{&password, &newPassword} {
		if s.Reveal() != "" {
			t.Errorf("%T: the zero value reveals %q", s, s.Reveal())
		}
		if err := s.UnmarshalGQL(text); err != nil {
			t.Fatal(err)
		}
		if s.Reveal() != text {
			t.Errorf("%T reveals %q", s, s.Reveal())
		}
	}
}

func TestRejectedValueDoesNotChangeTheScalar(t *testing.T) {
	password := mustRead[Password](t, "before")
	if err := password.UnmarshalGQL(strings.Repeat("x", 129)); err == nil {
		t.Fatal("accepted")
	}
	if password.Reveal() != "before" {
		t.Errorf("reveals %q", password.Reveal())
	}
}

func assertNoCanary(t *testing.T, where, output string) {
	t.Helper()
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprintf("%d", []byte(canary))} {
		if strings.Contains(output, strings.Trim(form, "[]")) {
			t.Errorf("%s contains the secret: %s", where, output)
		}
	}
}
