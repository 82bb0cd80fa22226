package scalar

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func FuzzScalars(f *testing.F) {
	for _, c := range cases {
		for _, value := range c.accepted {
			if seed, ok := value.(string); ok {
				f.Add(seed)
			}
		}
	}
	for _, seed := range []string{"9999-12-31T23:59:59-23:59", "a@@b", "İ@K", "\xff", strings.Repeat("x", 501)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name := range checks {
			if Check(name, s) == nil && (!utf8.ValidString(s) || strings.ContainsAny(s, "\x00\uFFFD")) {
				t.Errorf("%s accepted invalid Unicode %q", name, s)
			}
		}
		var index ColumnIndex
		if index.UnmarshalGQL(json.Number(s)) == nil {
			if f, err := strconv.ParseFloat(s, 64); err != nil || f != float64(index) || index < 0 || index > 200 {
				t.Errorf("ColumnIndex read %q as %d", s, index)
			}
		}
		var email, again EmailAddress
		if email.UnmarshalGQL(s) == nil && (again.UnmarshalGQL(string(email)) != nil || again != email) {
			t.Errorf("EmailAddress read its own %q as %q", email, again)
		}
		fuzzDateTime(t, s)
	})
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
