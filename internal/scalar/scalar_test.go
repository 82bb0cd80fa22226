package scalar

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// chars returns n characters of two bytes.
func chars(n int) string { return strings.Repeat("ñ", n) }

// cases has accepted and rejected values of each custom scalar.
var cases = map[string]struct {
	accepted []any
	rejected map[apperr.Message][]any
}{
	"DateTime": {
		[]any{"2025-06-01T09:00:00Z", "2025-06-01T09:00:00.123456789+02:00"},
		map[apperr.Message][]any{
			apperr.MustBeTimestamp: {
				"2025-06-01", "2025-06-01T09:00:00", "2025-02-30T09:00:00Z", "2025-06-01T9:00:00Z", "2025-06-01T09:00:00,5Z",
				"2025-06-01T09:00:00+24:00", "2025-06-01T09:00:00Z\n", "",
				"9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+01:00", // other years in UTC
			},
			apperr.MustBeText: {json.Number("1748768400")},
		},
	},
	"LocalTime": {
		[]any{"00:00", "23:59", "09:05", "19:59"},
		map[apperr.Message][]any{
			apperr.MustBeTimeOfDay: {
				"24:00", "30:00", "20:60", "9:05", "0a:00", "20:/0", "20:0a", "20:00:00", "20.30", "-1:00", " 20:00", "20:00\n", "٢٠:٠٠", "",
			},
			apperr.MustBeText: {json.Number("20")},
		},
	},
	"ColumnIndex": {
		[]any{json.Number("0"), json.Number("-0"), json.Number("200"), 200, int64(3)},
		map[apperr.Message][]any{
			apperr.MustBeInRange: {
				json.Number("201"), json.Number("-1"), json.Number("18446744073709551616"), int64(1) << 32, // 0 in 64 and in 32 bits
				json.Number("1" + strings.Repeat("0", 30)), json.Number("-1" + strings.Repeat("0", 30)),
			},
			apperr.MustBeInteger: {json.Number("1e30"), json.Number("3.0"), 3.0, "3", true},
		},
	},
	"ColumnLetters": {
		[]any{"A", "ZZ", "az", "aZ"},
		map[apperr.Message][]any{
			apperr.MustBeColumnLetters: {"ABC", "1", "A1", "@", "[", "`", "{", "Ñ", "A ", "A\n", ""},
			apperr.MustBeText:          {json.Number("3")},
		},
	},
	"EmailAddress": {
		[]any{"ana@example.com", "root@localhost", "josé@españa.example", "a@b", chars(252) + "@b", "  " + chars(252) + "@b\t\n"},
		map[apperr.Message][]any{
			apperr.MustHaveLengthUpTo: {chars(253) + "@b"},
			apperr.MustBeEmail: {
				"ana.example.com", "ana@home@example.com", "@example.com", "ana@ ", "ana maria@example.com", "ana@example.com\nBcc:x",
				"ana\x7f@example.com", "", "   ",
			},
			apperr.MustBeText: {json.Number("1")},
		},
	},
	"Password": {
		[]any{"x", " ", chars(128)},
		map[apperr.Message][]any{apperr.MustHaveLength: {chars(129), ""}, apperr.MustBeText: {true}},
	},
	"NewPassword": {
		[]any{"q7-Lw2xz", chars(36)},
		map[apperr.Message][]any{
			apperr.MustHaveBytesUpTo: {chars(36) + "x", strings.Repeat("x", 128)},
			apperr.MustHaveLength:    {strings.Repeat("x", 129), chars(7)},
			apperr.MustBeText:        {json.Number("12345678")},
		},
	},
	"ApiKey": {
		[]any{"k", chars(500), strings.Repeat("🔑", 500), chars(500) + "\n"},
		map[apperr.Message][]any{apperr.MustHaveLength: {chars(501), "", "   ", "\u200b\ufeff", `""`, "Bearer "}},
	},
	"ModelName": {
		[]any{"", chars(100)},
		map[apperr.Message][]any{apperr.MustHaveLengthUpTo: {chars(101)}, apperr.MustBeText: {4.0}},
	},
	"AccountId": {
		[]any{"6", strings.Repeat("aZ0_9-xA", 8)},
		map[apperr.Message][]any{
			apperr.MustHaveLength:  {"", strings.Repeat("1", 65)},
			apperr.MustBeAccountID: {"6 1", "61\n", "ñ", "٢", "a/b", "a@b", "[", "`", "{"},
			apperr.MustBeText:      {json.Number("61")},
		},
	},
}

// brokenText is what every text scalar rejects, and noValues is what every scalar rejects.
var (
	brokenText = []any{"abcd\x00@efgh", "abcd\uFFFD@efgh", "abcd\xc3@efgh", "abcd\xed\xa0\x80@efgh", "abcd@efgh\x00"}
	noValues   = []any{nil, []any{"A"}, map[string]any{}}
)

func TestScalarsAtTheirLimits(t *testing.T) {
	for scalar, c := range cases {
		for _, value := range c.accepted {
			if err := Check(scalar, value); err != nil {
				t.Errorf("%s rejected %#v: %v", scalar, value, err)
			}
		}
		for message, values := range c.rejected {
			wantRejected(t, scalar, message, values)
		}
		if scalar == "ColumnIndex" {
			wantRejected(t, scalar, apperr.MustBeInteger, noValues)
		} else {
			wantRejected(t, scalar, apperr.MustBeText, noValues)
			wantRejected(t, scalar, apperr.MustBeUnicode, brokenText)
		}
	}
}

func wantRejected(t *testing.T, scalar string, message apperr.Message, values []any) {
	t.Helper()
	for _, value := range values {
		err, ok := errors.AsType[*apperr.Error](Check(scalar, value))
		if !ok || err.Code != apperr.BadUserInput || err.Message != message {
			t.Errorf("%s, %#v: got %v, want %q", scalar, value, err, message.In(apperr.English))
		}
	}
}

func TestEveryScalarOfTheSchemaIsCheckedAndTested(t *testing.T) {
	text, err := os.ReadFile("../../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	var inSchema []string
	for _, match := range regexp.MustCompile(`(?m)^scalar (\w+)`).FindAllStringSubmatch(string(text), -1) {
		inSchema = append(inSchema, match[1])
	}
	slices.Sort(inSchema)
	for _, names := range [][]string{slices.Sorted(maps.Keys(checks)), slices.Sorted(maps.Keys(cases))} {
		if !slices.Equal(names, inSchema) {
			t.Errorf("got %v, the schema has %v", names, inSchema)
		}
	}
	if err := Check("Unknown", "x"); err == nil || apperr.CodeOf(err) != apperr.Internal {
		t.Errorf("an unknown scalar: %v", err)
	}
}

func TestScalarsAreWrittenAsRead(t *testing.T) {
	at := mustRead[DateTime](t, "2025-06-01T01:00:00.123456789+02:00")
	for _, c := range []struct {
		scalar graphql.Marshaler
		want   string
	}{
		{at, `"2025-05-31T23:00:00.123Z"`},
		{at.WithMicroseconds(), `"2025-05-31T23:00:00.123456Z"`},
		{mustRead[DateTime](t, "2025-12-31T23:59:59.999999Z"), `"2025-12-31T23:59:59.999Z"`}, // truncated
		{mustRead[DateTime](t, "2025-06-01T09:00:00Z"), `"2025-06-01T09:00:00.000Z"`},
		{mustRead[DateTime](t, "2025-06-01T09:00:00Z").WithMicroseconds(), `"2025-06-01T09:00:00.000000Z"`},
		{DateTime{}, `null`},
		{mustRead[LocalTime](t, "20:30"), `"20:30"`},
		{mustRead[ColumnIndex](t, int64(200)), `200`},
		{mustRead[ColumnLetters](t, "aZ"), `"aZ"`},
		{mustRead[EmailAddress](t, " Ana.García@Example.COM\n"), `"Ana.García@Example.COM"`},
		{mustRead[ModelName](t, " a \"model\" \n"), `" a \"model\" \n"`},
		{mustRead[Password](t, canary), `null`},
		{mustRead[NewPassword](t, canary), `null`},
		{mustRead[ApiKey](t, canary), `null`},
	} {
		if got := marshal(c.scalar); got != c.want {
			t.Errorf("%T: got %s, want %s", c.scalar, got, c.want)
		}
	}
}

func marshal(m graphql.Marshaler) string {
	var buf bytes.Buffer
	m.MarshalGQL(&buf)
	return buf.String()
}

func mustRead[T any, P interface {
	*T
	graphql.Unmarshaler
}](t *testing.T, v any) T {
	t.Helper()
	var value T
	if err := P(&value).UnmarshalGQL(v); err != nil {
		t.Fatal(err)
	}
	return value
}
