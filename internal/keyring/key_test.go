package keyring_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/keyring"
)

func TestParseKeyAcceptsWhatPythonAccepts(t *testing.T) {
	raw := bytes.Repeat([]byte{0xfb, 0xff}, 16)
	urlSafe, standard, zeros := base64.URLEncoding.EncodeToString(raw), base64.StdEncoding.EncodeToString(raw), strings.Repeat("A", 42)
	for text, want := range map[string]string{
		urlSafe:                      urlSafe,
		standard:                     urlSafe,
		standard[:20] + urlSafe[20:]: urlSafe,
		zeros + "B=":                 zeros + "A=", // with a spare bit
	} {
		if k, err := keyring.ParseKey(text); err != nil || k.Encoded() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestParseKeyRejectsOtherFormats(t *testing.T) {
	raw := bytes.Repeat([]byte{0xfb}, 32)
	padded := base64.URLEncoding.EncodeToString(raw)
	for name, text := range map[string]string{
		"empty":                       "",
		"hexadecimal":                 hex.EncodeToString(raw),
		"without padding":             strings.TrimRight(padded, "="),
		"31 bytes":                    base64.URLEncoding.EncodeToString(raw[:31]),
		"33 bytes":                    base64.URLEncoding.EncodeToString(append(raw, 0)),
		"white space around it":       " " + padded,
		"a line break at its end":     padded + "\n",
		"line breaks to 44":           base64.URLEncoding.EncodeToString(raw[:30]) + "\n\n\n\n",
		"44 characters not of base64": strings.Repeat("ñ", 22),
	} {
		if _, err := keyring.ParseKey(text); err == nil || text != "" && strings.Contains(err.Error(), strings.TrimSpace(text)) {
			t.Errorf("%s: accepted, or quoted by the error: %v", name, err)
		}
	}
}

func TestGeneratedKeysDiffer(t *testing.T) {
	a, errA := keyring.GenerateKey()
	b, errB := keyring.GenerateKey()
	if errA != nil || errB != nil || a.Encoded() == b.Encoded() {
		t.Errorf("%v, %v, or the same key twice", errA, errB)
	}
}

func TestKeyIsRedactedInEveryFormat(t *testing.T) {
	key := mustKey(t, primaryText)
	type config struct {
		Key    keyring.Key
		hidden keyring.Key
		ring   *keyring.Ring
	}
	holder := config{Key: key, hidden: key, ring: keyring.NewRing(key, key)}

	var printed strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%b", "%o", "%c", "%U"} {
		for _, value := range []any{key, &key, holder, []keyring.Key{key}, *holder.ring} {
			fmt.Fprintf(&printed, verb+"\n", value)
		}
	}
	if err := json.NewEncoder(&printed).Encode(map[string]any{"key": key, "struct": holder, "ring": holder.ring}); err != nil {
		t.Fatal(err)
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&printed, nil), slog.NewJSONHandler(&printed, nil)} {
		slog.New(h).Info("a key", "key", key, "pointer", &key, "struct", holder, "ring", holder.ring)
	}
	raw := []byte(primaryText)
	for _, leak := range []string{
		primaryText[:16], primaryText[16:], key.Encoded()[:40],
		hex.EncodeToString(raw[:8]), strings.ToUpper(hex.EncodeToString(raw[:8])),
		strings.Trim(fmt.Sprint(raw[:4]), "[]"), strings.Trim(fmt.Sprintf("%#v", raw[:4]), "[]byte{}"),
		strings.Trim(fmt.Sprintf("%b", raw[:4]), "[]"), strings.Trim(fmt.Sprintf("%o", raw[:4]), "[]"),
	} {
		if line, _, found := strings.Cut(printed.String(), leak); found {
			t.Errorf("the key is printed as %s after %s", leak, line[strings.LastIndex(line, "\n")+1:])
		}
	}
	if got := fmt.Sprint(key); got != "[redacted]" {
		t.Errorf("a key prints as %q", got)
	}
}
