package scalar

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// ok marks a value that breaks no rule.
var ok apperr.Message

func TestRulesAtTheirEdges(t *testing.T) {
	chars := func(n int) string { return strings.Repeat("ñ", n) } // two bytes each
	for _, c := range []struct {
		scalar, name string
		value        any
		breaks       apperr.Message
	}{
		{"DateTime", "takes UTC", "2025-06-01T09:00:00Z", ok},
		{"DateTime", "takes an offset and nanoseconds", "2025-06-01T09:00:00.123456789+02:00", ok},
		{"DateTime", "refuses a date alone", "2025-06-01", apperr.MustBeTimestamp},
		{"DateTime", "refuses a missing offset", "2025-06-01T09:00:00", apperr.MustBeTimestamp},
		{"DateTime", "refuses a day that does not exist", "2025-02-30T09:00:00Z", apperr.MustBeTimestamp},
		{"DateTime", "refuses one digit for the hour", "2025-06-01T9:00:00Z", apperr.MustBeTimestamp},
		{"DateTime", "refuses a comma before the fraction", "2025-06-01T09:00:00,5Z", apperr.MustBeTimestamp},
		{"DateTime", "refuses an offset of a day", "2025-06-01T09:00:00+24:00", apperr.MustBeTimestamp},
		{"DateTime", "refuses a final line break", "2025-06-01T09:00:00Z\n", apperr.MustBeTimestamp},
		{"DateTime", "refuses a year of five digits in UTC", "9999-12-31T23:59:59-01:00", apperr.MustBeTimestamp},
		{"DateTime", "refuses a year before 0000 in UTC", "0000-01-01T00:00:00+01:00", apperr.MustBeTimestamp},
		{"DateTime", "refuses nothing", "", apperr.MustBeTimestamp},
		{"DateTime", "refuses a Unix time", json.Number("1748768400"), apperr.MustBeText},

		{"LocalTime", "takes the first minute", "00:00", ok},
		{"LocalTime", "takes the last minute", "23:59", ok},
		{"LocalTime", "takes a leading zero", "09:05", ok},
		{"LocalTime", "takes the last minute of a morning", "19:59", ok},
		{"LocalTime", "refuses hour 24", "24:00", apperr.MustBeTimeOfDay},
		{"LocalTime", "refuses hour 30", "30:00", apperr.MustBeTimeOfDay},
		{"LocalTime", "refuses minute 60", "20:60", apperr.MustBeTimeOfDay},
		{"LocalTime", "refuses a missing zero", "9:05", apperr.MustBeTimeOfDay},
		{"LocalTime", "refuses a letter in the hour", "0a:00", apperr.MustBeTimeOfDay},
		{"LocalTime", "refuses what stands before 0", "20:/0", apperr.MustBeTimeOfDay},
		{"LocalTime", "refuses a letter in the minute", "20:0a", apperr.MustBeTimeOfDay},
		{"LocalTime", "refuses seconds", "20:00:00", apperr.MustBeTimeOfDay},
		{"LocalTime", "refuses another separator", "20.30", apperr.MustBeTimeOfDay},
		{"LocalTime", "refuses a sign", "-1:00", apperr.MustBeTimeOfDay},
		{"LocalTime", "refuses a leading space", " 20:00", apperr.MustBeTimeOfDay},
		{"LocalTime", "refuses a final line break", "20:00\n", apperr.MustBeTimeOfDay},
		{"LocalTime", "refuses Arabic digits", "٢٠:٠٠", apperr.MustBeTimeOfDay},
		{"LocalTime", "refuses nothing", "", apperr.MustBeTimeOfDay},
		{"LocalTime", "refuses a number", json.Number("20"), apperr.MustBeText},

		{"ColumnIndex", "takes the first column", json.Number("0"), ok},
		{"ColumnIndex", "takes minus zero", json.Number("-0"), ok},
		{"ColumnIndex", "takes the last column", json.Number("200"), ok},
		{"ColumnIndex", "takes a number of Go", 200, ok},
		{"ColumnIndex", "refuses one beyond the last", json.Number("201"), apperr.MustBeInRange},
		{"ColumnIndex", "refuses one before the first", json.Number("-1"), apperr.MustBeInRange},
		{"ColumnIndex", "refuses 2 to the 64th, which is 0 in 64 bits", json.Number("18446744073709551616"), apperr.MustBeInRange},
		{"ColumnIndex", "refuses 2 to the 32nd, which is 0 in 32 bits", int64(1) << 32, apperr.MustBeInRange},
		{"ColumnIndex", "refuses thirty zeros", json.Number("1" + strings.Repeat("0", 30)), apperr.MustBeInRange},
		{"ColumnIndex", "refuses minus thirty zeros", json.Number("-1" + strings.Repeat("0", 30)), apperr.MustBeInRange},
		{"ColumnIndex", "refuses an exponent", json.Number("1e30"), apperr.MustBeInteger},
		{"ColumnIndex", "refuses a whole number with a fraction", json.Number("3.0"), apperr.MustBeInteger},
		{"ColumnIndex", "refuses a whole float", 3.0, apperr.MustBeInteger},
		{"ColumnIndex", "refuses text", "3", apperr.MustBeInteger},
		{"ColumnIndex", "refuses a boolean", true, apperr.MustBeInteger},

		{"ColumnLetters", "takes A", "A", ok},
		{"ColumnLetters", "takes ZZ", "ZZ", ok},
		{"ColumnLetters", "takes lower case", "az", ok},
		{"ColumnLetters", "takes mixed case", "aZ", ok},
		{"ColumnLetters", "refuses three letters", "ABC", apperr.MustBeColumnLetters},
		{"ColumnLetters", "refuses a digit", "1", apperr.MustBeColumnLetters},
		{"ColumnLetters", "refuses a letter and a digit", "A1", apperr.MustBeColumnLetters},
		{"ColumnLetters", "refuses what stands before A", "@", apperr.MustBeColumnLetters},
		{"ColumnLetters", "refuses what stands after Z", "[", apperr.MustBeColumnLetters},
		{"ColumnLetters", "refuses what stands before a", "`", apperr.MustBeColumnLetters},
		{"ColumnLetters", "refuses what stands after z", "{", apperr.MustBeColumnLetters},
		{"ColumnLetters", "refuses a letter of two bytes", "Ñ", apperr.MustBeColumnLetters},
		{"ColumnLetters", "refuses a space", "A ", apperr.MustBeColumnLetters},
		{"ColumnLetters", "refuses nothing", "", apperr.MustBeColumnLetters},
		{"ColumnLetters", "refuses a number", json.Number("3"), apperr.MustBeText},

		{"EmailAddress", "takes a plain address", "ana@example.com", ok},
		{"EmailAddress", "takes a host without a dot", "root@localhost", ok},
		{"EmailAddress", "takes other scripts", "josé@españa.example", ok},
		{"EmailAddress", "takes the shortest", "a@b", ok},
		{"EmailAddress", "takes 254 characters", chars(252) + "@b", ok},
		{"EmailAddress", "takes 254 characters and spaces around", "  " + chars(252) + "@b\t\n", ok},
		{"EmailAddress", "refuses 255 characters", chars(253) + "@b", apperr.MustHaveLengthUpTo},
		{"EmailAddress", "refuses a missing @", "ana.example.com", apperr.MustBeEmail},
		{"EmailAddress", "refuses two @", "ana@home@example.com", apperr.MustBeEmail},
		{"EmailAddress", "refuses nothing before the @", "@example.com", apperr.MustBeEmail},
		{"EmailAddress", "refuses nothing after the @", "ana@ ", apperr.MustBeEmail},
		{"EmailAddress", "refuses a space inside", "ana maria@example.com", apperr.MustBeEmail},
		{"EmailAddress", "refuses a line break inside", "ana@example.com\nBcc:x", apperr.MustBeEmail},
		{"EmailAddress", "refuses a control character", "ana\x7f@example.com", apperr.MustBeEmail},
		{"EmailAddress", "refuses nothing", "", apperr.MustBeEmail},
		{"EmailAddress", "refuses spaces alone", "   ", apperr.MustBeEmail},
		{"EmailAddress", "refuses a number", json.Number("1"), apperr.MustBeText},

		{"Password", "takes one character", "x", ok},
		{"Password", "takes a space", " ", ok},
		{"Password", "takes 128 characters of two bytes", chars(128), ok},
		{"Password", "refuses 129 characters", chars(129), apperr.MustHaveLength},
		{"Password", "refuses nothing", "", apperr.MustHaveLength},
		{"Password", "refuses a boolean", true, apperr.MustBeText},

		{"NewPassword", "takes 8 characters", "q7-Lw2xz", ok},
		{"NewPassword", "takes 72 bytes", chars(36), ok},
		{"NewPassword", "refuses 73 bytes", chars(36) + "x", apperr.MustHaveBytesUpTo},
		{"NewPassword", "refuses 128 characters as too many bytes", strings.Repeat("x", 128), apperr.MustHaveBytesUpTo},
		{"NewPassword", "refuses 129 characters", strings.Repeat("x", 129), apperr.MustHaveLength},
		{"NewPassword", "refuses 7 characters of 14 bytes", chars(7), apperr.MustHaveLength},
		{"NewPassword", "refuses a number", json.Number("12345678"), apperr.MustBeText},

		{"ApiKey", "takes one character", "k", ok},
		{"ApiKey", "takes 500 characters of two bytes", chars(500), ok},
		{"ApiKey", "takes 500 characters of four bytes", strings.Repeat("🔑", 500), ok},
		{"ApiKey", "refuses 501 characters", chars(501), apperr.MustHaveLength},
		{"ApiKey", "refuses nothing", "", apperr.MustHaveLength},
		{"ApiKey", "refuses an object", map[string]any{"key": "k"}, apperr.MustBeText},

		{"ModelName", "takes nothing", "", ok},
		{"ModelName", "takes 100 characters of two bytes", chars(100), ok},
		{"ModelName", "refuses 101 characters", chars(101), apperr.MustHaveLengthUpTo},
		{"ModelName", "refuses a float", 4.0, apperr.MustBeText},
	} {
		t.Run(c.scalar+" "+c.name, func(t *testing.T) {
			assertBreaks(t, c.scalar, c.value, c.breaks)
		})
	}
}

func TestEveryTextScalarRefusesBrokenText(t *testing.T) {
	for scalar := range checks {
		if scalar == "ColumnIndex" {
			continue
		}
		for name, text := range map[string]string{
			"U+0000":                "abcd\x00@efgh",
			"U+FFFD":                "abcd\uFFFD@efgh",
			"a broken sequence":     "abcd\xc3@efgh",
			"a surrogate as UTF-8":  "abcd\xed\xa0\x80@efgh",
			"U+0000 around an edge": "abcd@efgh\x00",
		} {
			t.Run(scalar+" refuses "+name, func(t *testing.T) { assertBreaks(t, scalar, text, apperr.MustBeUnicode) })
		}
	}
}

func TestEveryScalarRefusesNullListsAndObjects(t *testing.T) {
	for scalar := range checks {
		want := apperr.MustBeText
		if scalar == "ColumnIndex" {
			want = apperr.MustBeInteger
		}
		for _, value := range []any{nil, []any{"A"}, map[string]any{}} {
			assertBreaks(t, scalar, value, want)
		}
	}
}

func assertBreaks(t *testing.T, scalar string, value any, want apperr.Message) {
	t.Helper()
	err := Check(scalar, value)
	if err == nil {
		if want != ok {
			t.Errorf("%s accepted %#v, want %q", scalar, value, want.In(apperr.English))
		}
		return
	}
	rejected, isError := errors.AsType[*apperr.Error](err)
	if !isError || rejected.Code != apperr.BadUserInput || rejected.Message != want {
		t.Errorf("%s rejected %#v with %q, want %q", scalar, value, err, want.In(apperr.English))
	}
}
