package scalar

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const canary = "s3cr3t-canary"

// input is built like gqlgen's input types; hidden is what fmt prints without
// asking the value how it wants to be shown.
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
		encoded, _ = xml.Marshal(value) // XML knows no maps
		assertNoCanary(t, name+" as XML", string(encoded))
	}
}

func TestSecretsAreNotAnswered(t *testing.T) {
	in := secretInput(t)
	for _, got := range []string{marshal(in.Password), marshal(in.NewPassword), marshal(in.Keys[0])} {
		if got != "null" {
			t.Errorf("got %s", got)
		}
	}
}

func TestSecretsAreNotCarriedByErrors(t *testing.T) {
	in := secretInput(t)
	err := errors.Join(fmt.Errorf("key %v", in.Keys[0]), fmt.Errorf("input %+v", in))
	assertNoCanary(t, "error", err.Error())
}

func TestARedactedSecretSaysSo(t *testing.T) {
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

func assertNoCanary(t *testing.T, where, output string) {
	t.Helper()
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprintf("%d", []byte(canary))} {
		if strings.Contains(output, strings.Trim(form, "[]")) {
			t.Errorf("%s shows the secret: %s", where, output)
		}
	}
}
