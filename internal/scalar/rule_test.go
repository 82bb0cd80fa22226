package scalar

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestRuleErrorsSayWhatIsExpected(t *testing.T) {
	for _, c := range []struct {
		scalar string
		value  any
		want   string
	}{
		{"ApiKey", 1, "must be text"},
		{"ApiKey", "\x00", "must be valid Unicode text without U+0000 and U+FFFD"},
		{"ApiKey", "", "must be 1 to 500 characters long"},
		{"Password", "", "must be 1 to 128 characters long"},
		{"NewPassword", "short", "must be 8 to 128 characters long"},
		{"NewPassword", strings.Repeat("x", 73), "must be at most 72 bytes long in UTF-8"},
		{"ModelName", strings.Repeat("x", 101), "must be at most 100 characters long"},
		{"ColumnIndex", "x", "must be an integer"},
		{"ColumnIndex", 201, "must be 0 to 200"},
		{"ColumnLetters", "", "must be a column from A to ZZ: one or two letters"},
		{"LocalTime", "", "must be a time HH:MM from 00:00 to 23:59"},
		{"DateTime", "", "must be an RFC 3339 date and time, such as 2025-06-01T09:00:00.000Z"},
		{"EmailAddress", "", "must be an e-mail address"},
		{"EmailAddress", strings.Repeat("x", 255), "must be at most 254 characters long"},
	} {
		if got := message(Check(c.scalar, c.value)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.scalar, got, c.want)
		}
	}
}

func TestRuleErrorsNeverQuoteTheValue(t *testing.T) {
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
