package scalar

import (
	"io"
	"regexp"
	"time"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// The layouts include the quotes of a JSON string. time.Format truncates further
// digits, so that the result is never later than the time.
const (
	millisecondLayout = `"2006-01-02T15:04:05.000Z"`
	microsecondLayout = `"2006-01-02T15:04:05.000000Z"`
)

// rfc3339 rejects what time.Parse accepts beyond RFC 3339: an hour of one digit, a
// comma before the fraction, an offset of 24 hours or 60 minutes.
var rfc3339 = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

// DateTime is an instant, written as RFC 3339 in UTC with milliseconds:
// 2025-06-01T09:00:00.123Z. The zero value is written as null.
type DateTime struct {
	at     time.Time
	micros bool
}

// NewDateTime returns a DateTime that is written with milliseconds.
func NewDateTime(t time.Time) DateTime { return DateTime{at: t} }

// WithMicroseconds returns the same instant, written with microseconds, which the
// legacy REST routes need.
func (d DateTime) WithMicroseconds() DateTime {
	d.micros = true
	return d
}

// UnmarshalGQL accepts an RFC 3339 date and time with any offset.
func (d *DateTime) UnmarshalGQL(v any) error {
	s, err := textOf(v)
	if err != nil {
		return err
	}
	t, err := time.Parse(time.RFC3339, s)
	year := t.UTC().Year() // the offset can move it out of the four digits of RFC 3339
	if err != nil || !rfc3339.MatchString(s) || year < 0 || year > 9999 {
		return invalid(apperr.MustBeTimestamp)
	}
	*d = NewDateTime(t)
	return nil
}

// MarshalGQL writes the instant as a JSON string.
func (d DateTime) MarshalGQL(w io.Writer) {
	if d.at.IsZero() {
		_, _ = io.WriteString(w, "null")
		return
	}
	layout := millisecondLayout
	if d.micros {
		layout = microsecondLayout
	}
	var buf [32]byte // AppendFormat appends nine decimals before it truncates them
	_, _ = w.Write(d.at.UTC().AppendFormat(buf[:0], layout))
}
