package scalar

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var (
	timePattern    = regexp.MustCompile(`\A([01][0-9]|2[0-3]):[0-5][0-9]\z`)
	lettersPattern = regexp.MustCompile(`\A[A-Za-z]{1,2}\z`)
	accountPattern = regexp.MustCompile(`\A[A-Za-z0-9_-]{1,64}\z`)
	emailPattern   = regexp.MustCompile(`\A[^@\s\pZ\p{Cc}]+@[^@\s\pZ\p{Cc}]+\z`)
)

// accepts reports whether a scalar may accept a text, independently of the package's
// own checks.
var accepts = map[string]func(string) bool{
	"DateTime":      func(s string) bool { _, err := time.Parse(time.RFC3339, s); return err == nil },
	"LocalTime":     timePattern.MatchString,
	"ColumnLetters": lettersPattern.MatchString,
	"EmailAddress":  func(s string) bool { return strings.Count(s, "@") == 1 },
	"Password":      func(s string) bool { return length(s, 1, 128) },
	"NewPassword":   func(s string) bool { return length(s, 8, 128) && len(s) <= 72 },
	"ApiKey":        func(s string) bool { return length(trimAPIKey(s), 1, 500) },
	"ModelName":     func(s string) bool { return length(s, 0, 100) },
	"AccountId":     accountPattern.MatchString,
}

func length(s string, minLength, maxLength int) bool {
	n := len([]rune(s))
	return minLength <= n && n <= maxLength
}

func FuzzScalars(f *testing.F) {
	for _, seed := range []string{
		"", "A", "zz", "20:00", "24:00", "٢٠:٠٠", "0", "200", "201", "-1", "3.0", "1e30", "18446744073709551616",
		"2025-06-01T09:00:00.123Z", "9999-12-31T23:59:59-23:59", " Ana@Example.COM ", "a@@b", "İ@K", "contraseña-€", "61_234-A",
		"\x00", "\uFFFD", "\xed\xa0\x80", "\xff", strings.Repeat("ñ", 36), strings.Repeat("x", 501),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name := range checks {
			if Check(name, s) != nil {
				continue
			}
			if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\uFFFD") {
				t.Errorf("%s accepted invalid Unicode %q", name, s)
			}
			if accept := accepts[name]; accept == nil || !accept(s) {
				t.Errorf("%s accepted %q", name, s)
			}
		}
		fuzzColumnIndex(t, s)
		fuzzEmailAddress(t, s)
		fuzzDateTime(t, s)
	})
}

func fuzzColumnIndex(t *testing.T, s string) {
	var index ColumnIndex
	if index.UnmarshalGQL(json.Number(s)) != nil {
		return
	}
	if f, err := strconv.ParseFloat(s, 64); err != nil || f != float64(index) || index < 0 || index > 200 {
		t.Errorf("ColumnIndex read %q as %d", s, index)
	}
}

func fuzzEmailAddress(t *testing.T, s string) {
	var first, second EmailAddress
	if first.UnmarshalGQL(s) != nil {
		return
	}
	if !emailPattern.MatchString(string(first)) || !length(string(first), 3, 254) {
		t.Errorf("EmailAddress read %q as %q", s, first)
	}
	if err := second.UnmarshalGQL(string(first)); err != nil || second != first {
		t.Errorf("EmailAddress read its own %q as %q, %v", first, second, err)
	}
}

func fuzzDateTime(t *testing.T, s string) {
	var at, again DateTime
	if at.UnmarshalGQL(s) != nil || at.Time().IsZero() {
		return
	}
	written, err := strconv.Unquote(marshal(at.WithMicroseconds()))
	if err != nil {
		t.Fatal(err)
	}
	if err := again.UnmarshalGQL(written); err != nil {
		t.Fatalf("DateTime wrote %q as %q: %v", s, written, err)
	}
	if lost := at.Time().Sub(again.Time()); lost < 0 || lost >= time.Microsecond {
		t.Errorf("DateTime wrote %q as %q", s, written)
	}
}
