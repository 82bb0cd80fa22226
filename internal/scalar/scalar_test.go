package scalar

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

func TestCheckCoversTheCustomScalarsOfTheSchema(t *testing.T) {
	text, err := os.ReadFile("../../schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	document, err := parser.ParseSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	var inSchema []string
	for _, definition := range document.Definitions {
		if definition.Kind == ast.Scalar {
			inSchema = append(inSchema, definition.Name)
		}
	}
	slices.Sort(inSchema)
	if inGo := slices.Sorted(maps.Keys(checks)); !slices.Equal(inGo, inSchema) {
		t.Errorf("Check covers %v\nthe schema has %v", inGo, inSchema)
	}
}

func TestUnknownScalarIsAnInternalError(t *testing.T) {
	err := Check("Unknown", "x")
	if err == nil || apperr.CodeOf(err) != apperr.Internal {
		t.Errorf("got %v", err)
	}
}

func TestLiteralsAndVariablesHaveTheSameRules(t *testing.T) {
	for _, c := range []struct{ scalar, source, wrong string }{
		{scalar: "ColumnIndex", source: `3`},
		{scalar: "ColumnIndex", source: `201`, wrong: "must be a number from 0 to 200."},
		{scalar: "ColumnIndex", source: `3.0`, wrong: "must be an integer."},
		{scalar: "ColumnIndex", source: `1e30`, wrong: "must be an integer."},
		{scalar: "ColumnIndex", source: `"3"`, wrong: "must be an integer."},
		{scalar: "ColumnIndex", source: `true`, wrong: "must be an integer."},
		{scalar: "ModelName", source: `"gpt-4o"`},
		{scalar: "ModelName", source: `4`, wrong: "must be text."},
		{scalar: "ModelName", source: `4.5`, wrong: "must be text."},
		{scalar: "ModelName", source: `false`, wrong: "must be text."},
		{scalar: "ModelName", source: `["a"]`, wrong: "must be text."},
	} {
		t.Run(c.scalar+" "+c.source, func(t *testing.T) {
			for form, value := range map[string]any{"literal": literal(t, c.source), "variable": variable(t, c.source)} {
				if got := message(Check(c.scalar, value)); got != c.wrong {
					t.Errorf("%s (%T): got %q, want %q", form, value, got, c.wrong)
				}
			}
		})
	}
}

// valid is the want of a value that the scalar accepts.
var valid apperr.Message

func TestScalarsAtTheirLimits(t *testing.T) {
	chars := func(n int) string { return strings.Repeat("ñ", n) } // two bytes each
	for _, c := range []struct {
		scalar, name string
		value        any
		want         apperr.Message
	}{
		{"DateTime", "accepts UTC", "2025-06-01T09:00:00Z", valid},
		{"DateTime", "accepts an offset and nanoseconds", "2025-06-01T09:00:00.123456789+02:00", valid},
		{"DateTime", "rejects a date alone", "2025-06-01", apperr.MustBeTimestamp},
		{"DateTime", "rejects a missing offset", "2025-06-01T09:00:00", apperr.MustBeTimestamp},
		{"DateTime", "rejects a day that does not exist", "2025-02-30T09:00:00Z", apperr.MustBeTimestamp},
		{"DateTime", "rejects one digit for the hour", "2025-06-01T9:00:00Z", apperr.MustBeTimestamp},
		{"DateTime", "rejects a comma before the fraction", "2025-06-01T09:00:00,5Z", apperr.MustBeTimestamp},
		{"DateTime", "rejects an offset of a day", "2025-06-01T09:00:00+24:00", apperr.MustBeTimestamp},
		{"DateTime", "rejects a final line break", "2025-06-01T09:00:00Z\n", apperr.MustBeTimestamp},
		{"DateTime", "rejects a year of five digits in UTC", "9999-12-31T23:59:59-01:00", apperr.MustBeTimestamp},
		{"DateTime", "rejects a year before 0000 in UTC", "0000-01-01T00:00:00+01:00", apperr.MustBeTimestamp},
		{"DateTime", "rejects the empty string", "", apperr.MustBeTimestamp},
		{"DateTime", "rejects a Unix time", json.Number("1748768400"), apperr.MustBeText},

		{"LocalTime", "accepts the first minute", "00:00", valid},
		{"LocalTime", "accepts the last minute", "23:59", valid},
		{"LocalTime", "accepts a leading zero", "09:05", valid},
		{"LocalTime", "accepts the last minute of a morning", "19:59", valid},
		{"LocalTime", "rejects hour 24", "24:00", apperr.MustBeTimeOfDay},
		{"LocalTime", "rejects hour 30", "30:00", apperr.MustBeTimeOfDay},
		{"LocalTime", "rejects minute 60", "20:60", apperr.MustBeTimeOfDay},
		{"LocalTime", "rejects a missing zero", "9:05", apperr.MustBeTimeOfDay},
		{"LocalTime", "rejects a letter in the hour", "0a:00", apperr.MustBeTimeOfDay},
		{"LocalTime", "rejects the character before 0", "20:/0", apperr.MustBeTimeOfDay},
		{"LocalTime", "rejects a letter in the minute", "20:0a", apperr.MustBeTimeOfDay},
		{"LocalTime", "rejects seconds", "20:00:00", apperr.MustBeTimeOfDay},
		{"LocalTime", "rejects another separator", "20.30", apperr.MustBeTimeOfDay},
		{"LocalTime", "rejects a sign", "-1:00", apperr.MustBeTimeOfDay},
		{"LocalTime", "rejects a leading space", " 20:00", apperr.MustBeTimeOfDay},
		{"LocalTime", "rejects a final line break", "20:00\n", apperr.MustBeTimeOfDay},
		{"LocalTime", "rejects Arabic digits", "٢٠:٠٠", apperr.MustBeTimeOfDay},
		{"LocalTime", "rejects the empty string", "", apperr.MustBeTimeOfDay},
		{"LocalTime", "rejects a number", json.Number("20"), apperr.MustBeText},

		{"ColumnIndex", "accepts the first column", json.Number("0"), valid},
		{"ColumnIndex", "accepts minus zero", json.Number("-0"), valid},
		{"ColumnIndex", "accepts the last column", json.Number("200"), valid},
		{"ColumnIndex", "accepts a Go int", 200, valid},
		{"ColumnIndex", "rejects one beyond the last", json.Number("201"), apperr.MustBeInRange},
		{"ColumnIndex", "rejects one before the first", json.Number("-1"), apperr.MustBeInRange},
		{"ColumnIndex", "rejects 2 to the 64th, which is 0 in 64 bits", json.Number("18446744073709551616"), apperr.MustBeInRange},
		{"ColumnIndex", "rejects 2 to the 32nd, which is 0 in 32 bits", int64(1) << 32, apperr.MustBeInRange},
		{"ColumnIndex", "rejects thirty zeros", json.Number("1" + strings.Repeat("0", 30)), apperr.MustBeInRange},
		{"ColumnIndex", "rejects minus thirty zeros", json.Number("-1" + strings.Repeat("0", 30)), apperr.MustBeInRange},
		{"ColumnIndex", "rejects an exponent", json.Number("1e30"), apperr.MustBeInteger},
		{"ColumnIndex", "rejects a whole number with a fraction", json.Number("3.0"), apperr.MustBeInteger},
		{"ColumnIndex", "rejects a whole float", 3.0, apperr.MustBeInteger},
		{"ColumnIndex", "rejects text", "3", apperr.MustBeInteger},
		{"ColumnIndex", "rejects a boolean", true, apperr.MustBeInteger},

		{"ColumnLetters", "accepts A", "A", valid},
		{"ColumnLetters", "accepts ZZ", "ZZ", valid},
		{"ColumnLetters", "accepts lower case", "az", valid},
		{"ColumnLetters", "accepts mixed case", "aZ", valid},
		{"ColumnLetters", "rejects three letters", "ABC", apperr.MustBeColumnLetters},
		{"ColumnLetters", "rejects a digit", "1", apperr.MustBeColumnLetters},
		{"ColumnLetters", "rejects a letter and a digit", "A1", apperr.MustBeColumnLetters},
		{"ColumnLetters", "rejects the character before A", "@", apperr.MustBeColumnLetters},
		{"ColumnLetters", "rejects the character after Z", "[", apperr.MustBeColumnLetters},
		{"ColumnLetters", "rejects the character before a", "`", apperr.MustBeColumnLetters},
		{"ColumnLetters", "rejects the character after z", "{", apperr.MustBeColumnLetters},
		{"ColumnLetters", "rejects a letter of two bytes", "Ñ", apperr.MustBeColumnLetters},
		{"ColumnLetters", "rejects a space", "A ", apperr.MustBeColumnLetters},
		{"ColumnLetters", "rejects the empty string", "", apperr.MustBeColumnLetters},
		{"ColumnLetters", "rejects a number", json.Number("3"), apperr.MustBeText},

		{"EmailAddress", "accepts a plain address", "ana@example.com", valid},
		{"EmailAddress", "accepts a host without a dot", "root@localhost", valid},
		{"EmailAddress", "accepts non-ASCII letters", "josé@españa.example", valid},
		{"EmailAddress", "accepts the shortest", "a@b", valid},
		{"EmailAddress", "accepts 254 characters", chars(252) + "@b", valid},
		{"EmailAddress", "accepts 254 characters and surrounding white space", "  " + chars(252) + "@b\t\n", valid},
		{"EmailAddress", "rejects 255 characters", chars(253) + "@b", apperr.MustHaveLengthUpTo},
		{"EmailAddress", "rejects a missing @", "ana.example.com", apperr.MustBeEmail},
		{"EmailAddress", "rejects two @", "ana@home@example.com", apperr.MustBeEmail},
		{"EmailAddress", "rejects nothing before the @", "@example.com", apperr.MustBeEmail},
		{"EmailAddress", "rejects nothing after the @", "ana@ ", apperr.MustBeEmail},
		{"EmailAddress", "rejects a space inside", "ana maria@example.com", apperr.MustBeEmail},
		{"EmailAddress", "rejects a line break inside", "ana@example.com\nBcc:x", apperr.MustBeEmail},
		{"EmailAddress", "rejects a control character", "ana\x7f@example.com", apperr.MustBeEmail},
		{"EmailAddress", "rejects the empty string", "", apperr.MustBeEmail},
		{"EmailAddress", "rejects spaces alone", "   ", apperr.MustBeEmail},
		{"EmailAddress", "rejects a number", json.Number("1"), apperr.MustBeText},

		{"Password", "accepts one character", "x", valid},
		{"Password", "accepts a space", " ", valid},
		{"Password", "accepts 128 characters of two bytes", chars(128), valid},
		{"Password", "rejects 129 characters", chars(129), apperr.MustHaveLength},
		{"Password", "rejects the empty string", "", apperr.MustHaveLength},
		{"Password", "rejects a boolean", true, apperr.MustBeText},

		{"NewPassword", "accepts 8 characters", "q7-Lw2xz", valid},
		{"NewPassword", "accepts 72 bytes", chars(36), valid},
		{"NewPassword", "rejects 73 bytes", chars(36) + "x", apperr.MustHaveBytesUpTo},
		{"NewPassword", "rejects 128 characters as too many bytes", strings.Repeat("x", 128), apperr.MustHaveBytesUpTo},
		{"NewPassword", "rejects 129 characters", strings.Repeat("x", 129), apperr.MustHaveLength},
		{"NewPassword", "rejects 7 characters of 14 bytes", chars(7), apperr.MustHaveLength},
		{"NewPassword", "rejects a number", json.Number("12345678"), apperr.MustBeText},

		{"ApiKey", "accepts one character", "k", valid},
		{"ApiKey", "accepts 500 characters of two bytes", chars(500), valid},
		{"ApiKey", "accepts 500 characters of four bytes", strings.Repeat("🔑", 500), valid},
		{"ApiKey", "rejects 501 characters", chars(501), apperr.MustHaveLength},
		{"ApiKey", "rejects the empty string", "", apperr.MustHaveLength},
		{"ApiKey", "accepts 500 characters and a line end", chars(500) + "\n", valid},
		{"ApiKey", "rejects spaces alone", "   ", apperr.MustHaveLength},
		{"ApiKey", "rejects zero-width characters alone", "\u200b\ufeff", apperr.MustHaveLength},
		{"ApiKey", "rejects quotes alone", `""`, apperr.MustHaveLength},
		{"ApiKey", "rejects Bearer alone", "Bearer ", apperr.MustHaveLength},
		{"ApiKey", "rejects an object", map[string]any{"key": "k"}, apperr.MustBeText},

		{"ModelName", "accepts the empty string", "", valid},
		{"ModelName", "accepts 100 characters of two bytes", chars(100), valid},
		{"ModelName", "rejects 101 characters", chars(101), apperr.MustHaveLengthUpTo},
		{"ModelName", "rejects a float", 4.0, apperr.MustBeText},

		{"AccountId", "accepts one digit", "6", valid},
		{"AccountId", "accepts 64 letters, digits and signs", strings.Repeat("aZ0_9-xA", 8), valid},
		{"AccountId", "rejects the empty string", "", apperr.MustHaveLength},
		{"AccountId", "rejects 65 characters", strings.Repeat("1", 65), apperr.MustHaveLength},
		{"AccountId", "rejects a space", "6 1", apperr.MustBeAccountID},
		{"AccountId", "rejects a final line break", "61\n", apperr.MustBeAccountID},
		{"AccountId", "rejects a letter outside of ASCII", "ñ", apperr.MustBeAccountID},
		{"AccountId", "rejects a digit outside of ASCII", "٢", apperr.MustBeAccountID},
		{"AccountId", "rejects a slash", "a/b", apperr.MustBeAccountID},
		{"AccountId", "rejects a number", json.Number("61"), apperr.MustBeText},
	} {
		t.Run(c.scalar+" "+c.name, func(t *testing.T) {
			checkMessage(t, c.scalar, c.value, c.want)
		})
	}
}

// isText reports whether a scalar is text. The others are integers.
func isText(scalar string) bool {
	return message(Check(scalar, 1)) == apperr.MustBeText.In(apperr.English)
}

func TestTextScalarsRejectInvalidUnicode(t *testing.T) {
	for scalar := range checks {
		if !isText(scalar) {
			continue
		}
		for name, text := range map[string]string{
			"U+0000":               "abcd\x00@efgh",
			"U+FFFD":               "abcd\uFFFD@efgh",
			"a broken sequence":    "abcd\xc3@efgh",
			"a surrogate as UTF-8": "abcd\xed\xa0\x80@efgh",
			"U+0000 at the end":    "abcd@efgh\x00",
		} {
			t.Run(scalar+" rejects "+name, func(t *testing.T) { checkMessage(t, scalar, text, apperr.MustBeUnicode) })
		}
	}
}

func TestScalarsRejectNullListsAndObjects(t *testing.T) {
	for scalar := range checks {
		want := apperr.MustBeText
		if !isText(scalar) {
			want = apperr.MustBeInteger
		}
		for _, value := range []any{nil, []any{"A"}, map[string]any{}} {
			checkMessage(t, scalar, value, want)
		}
	}
}

func TestErrorsNameTheLimits(t *testing.T) {
	for _, c := range []struct {
		scalar string
		value  any
		want   string
	}{
		{"ApiKey", "", "must be 1 to 500 characters long."},
		{"Password", "", "must be 1 to 128 characters long."},
		{"NewPassword", "short", "must be 8 to 128 characters long."},
		{"NewPassword", strings.Repeat("x", 73), "must be at most 72 bytes long in UTF-8."},
		{"ModelName", strings.Repeat("x", 101), "must be at most 100 characters long."},
		{"AccountId", "", "must be 1 to 64 characters long."},
		{"ColumnIndex", 201, "must be a number from 0 to 200."},
		{"EmailAddress", strings.Repeat("x", 255), "must be at most 254 characters long."},
	} {
		if got := message(Check(c.scalar, c.value)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.scalar, got, c.want)
		}
	}
}

func TestErrorsNeverQuoteTheValue(t *testing.T) {
	const canary = "c4nary"
	for scalar := range checks {
		for _, value := range []any{
			canary + "\x00", strings.Repeat(canary, 100), json.Number(canary), []any{canary}, map[string]any{canary: canary},
		} {
			err := Check(scalar, value)
			if err == nil {
				t.Fatalf("%s accepted %T", scalar, value)
			}
			for ; err != nil; err = errors.Unwrap(err) {
				if strings.Contains(err.Error(), canary) {
					t.Errorf("%s quotes: %v", scalar, err)
				}
			}
		}
	}
}

func TestScalarsAreWrittenAsRead(t *testing.T) {
	for _, c := range []struct {
		scalar graphql.Marshaler
		want   string
	}{
		{mustRead[DateTime](t, "2025-06-01T11:00:00.123456+02:00"), `"2025-06-01T09:00:00.123Z"`},
		{mustRead[LocalTime](t, "20:30"), `"20:30"`},
		{mustRead[ColumnIndex](t, int64(200)), `200`},
		{mustRead[ColumnLetters](t, "aZ"), `"aZ"`},
		{mustRead[EmailAddress](t, " Ana.García@Example.COM\n"), `"Ana.García@Example.COM"`},
		{mustRead[ModelName](t, " a \"model\" \n"), `" a \"model\" \n"`},
	} {
		if got := marshal(c.scalar); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func literal(t *testing.T, source string) any {
	t.Helper()
	document, err := parser.ParseQuery(&ast.Source{Input: "{f(a: " + source + ")}"})
	if err != nil {
		t.Fatal(err)
	}
	value, valueErr := document.Operations[0].SelectionSet[0].(*ast.Field).Arguments[0].Value.Value(nil)
	if valueErr != nil {
		t.Fatal(valueErr)
	}
	return value
}

func variable(t *testing.T, source string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(source))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func marshal(m graphql.Marshaler) string {
	var buf bytes.Buffer
	m.MarshalGQL(&buf)
	return buf.String()
}

func checkMessage(t *testing.T, scalar string, value any, want apperr.Message) {
	t.Helper()
	err := Check(scalar, value)
	if err == nil {
		if want != valid {
			t.Errorf("%s accepted %#v, want %q", scalar, value, want.In(apperr.English))
		}
		return
	}
	got, ok := errors.AsType[*apperr.Error](err)
	if !ok || got.Code != apperr.BadUserInput || got.Message != want {
		t.Errorf("%s rejected %#v with %q, want %q", scalar, value, err, want.In(apperr.English))
	}
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
