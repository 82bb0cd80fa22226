package scalar

import (
	"io"

	"github.com/99designs/gqlgen/graphql"

	"github.com/stay-sidekick/profile-server/internal/apperr"
)

// LocalTime is a time of day in the company's time zone: HH:MM in ASCII digits,
// 00:00 to 23:59.
type LocalTime string

// UnmarshalGQL checks v.
func (t *LocalTime) UnmarshalGQL(v any) error {
	s, err := textOf(v)
	if err != nil {
		return err
	}
	if !isTimeOfDay(s) {
		return invalid(apperr.MustBeTimeOfDay)
	}
	*t = LocalTime(s)
	return nil
}

// MarshalGQL writes the time as a JSON string.
func (t LocalTime) MarshalGQL(w io.Writer) {
	graphql.MarshalString(string(t)).MarshalGQL(w)
}

func isTimeOfDay(s string) bool {
	return len(s) == len("HH:MM") && s[2] == ':' &&
		isDigit(s[0]) && isDigit(s[1]) && isDigit(s[3]) && isDigit(s[4]) &&
		s[:2] <= "23" && s[3:] <= "59"
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
