package scalar

import (
	"bytes"
	"testing"
	"time"
)

func TestDateTimeIsWrittenInUTC(t *testing.T) {
	madrid := time.FixedZone("UTC+2", 2*60*60)
	for _, c := range []struct {
		name string
		at   DateTime
		want string
	}{
		{"a whole second", NewDateTime(time.Date(2025, 6, 1, 9, 0, 0, 0, time.UTC)), `"2025-06-01T09:00:00.000Z"`},
		{"another time zone", NewDateTime(time.Date(2025, 6, 1, 1, 0, 0, 0, madrid)), `"2025-05-31T23:00:00.000Z"`},
		{"further digits are truncated", NewDateTime(time.Date(2025, 12, 31, 23, 59, 59, 999_999_999, time.UTC)), `"2025-12-31T23:59:59.999Z"`},
		{"microseconds", NewDateTime(time.Date(2025, 6, 1, 9, 0, 0, 123_456_789, time.UTC)).WithMicroseconds(), `"2025-06-01T09:00:00.123456Z"`},
		{"zero microseconds", NewDateTime(time.Date(2025, 6, 1, 9, 0, 0, 0, time.UTC)).WithMicroseconds(), `"2025-06-01T09:00:00.000000Z"`},
		{"the zero value", DateTime{}, `null`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := marshal(c.at); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func BenchmarkDateTimeMarshal(b *testing.B) {
	at := NewDateTime(time.Date(2025, 6, 1, 9, 0, 0, 123_456_789, time.UTC))
	var buf bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		buf.Reset()
		at.MarshalGQL(&buf)
	}
}
