package scalar

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

func TestDateTimeIsWrittenInUTCWithMilliseconds(t *testing.T) {
	madrid := time.FixedZone("UTC+2", 2*60*60)
	for _, c := range []struct {
		name string
		at   DateTime
		want string
	}{
		{"a whole second keeps its zeros", NewDateTime(time.Date(2025, 6, 1, 9, 0, 0, 0, time.UTC)), `"2025-06-01T09:00:00.000Z"`},
		{"another zone is converted", NewDateTime(time.Date(2025, 6, 1, 1, 0, 0, 0, madrid)), `"2025-05-31T23:00:00.000Z"`},
		{"what follows is cut off, not rounded", NewDateTime(time.Date(2025, 12, 31, 23, 59, 59, 999_999_999, time.UTC)), `"2025-12-31T23:59:59.999Z"`},
		{"microseconds when asked for", NewDateTime(time.Date(2025, 6, 1, 9, 0, 0, 123_456_789, time.UTC)).WithMicroseconds(), `"2025-06-01T09:00:00.123456Z"`},
		{"microseconds keep their zeros", NewDateTime(time.Date(2025, 6, 1, 9, 0, 0, 0, time.UTC)).WithMicroseconds(), `"2025-06-01T09:00:00.000000Z"`},
		{"no time is null", DateTime{}, `null`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := marshal(c.at); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestDateTimeWithMicrosecondsLeavesTheOriginalAlone(t *testing.T) {
	original := NewDateTime(time.Date(2025, 6, 1, 9, 0, 0, 0, time.UTC))
	precise := original.WithMicroseconds()
	if got := marshal(original); got != `"2025-06-01T09:00:00.000Z"` {
		t.Errorf("got %s", got)
	}
	if !precise.Time().Equal(original.Time()) {
		t.Error("another instant")
	}
}

func TestScalarsAreWrittenAsTheyWereRead(t *testing.T) {
	read := func(s graphql.Unmarshaler, v any) {
		t.Helper()
		if err := s.UnmarshalGQL(v); err != nil {
			t.Fatal(err)
		}
	}
	var (
		at      DateTime
		clock   LocalTime
		index   ColumnIndex
		letters ColumnLetters
		email   EmailAddress
		model   ModelName
	)
	read(&at, "2025-06-01T11:00:00.123456+02:00")
	read(&clock, "20:30")
	read(&index, int64(200))
	read(&letters, "aZ")
	read(&email, " Ana.García@Example.COM\n")
	read(&model, " a \"model\" \n")
	for _, c := range []struct {
		scalar graphql.Marshaler
		want   string
	}{
		{at, `"2025-06-01T09:00:00.123Z"`},
		{clock, `"20:30"`},
		{index, `200`},
		{letters, `"aZ"`},
		{email, `"ana.garcía@example.com"`},
		{model, `" a \"model\" \n"`},
	} {
		if got := marshal(c.scalar); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestSecretsAreKeptAsSent(t *testing.T) {
	const text = "  Contraseña \t"
	var (
		password    Password
		newPassword NewPassword
		key         ApiKey
	)
	for _, s := range []interface {
		graphql.Unmarshaler
		Reveal() string
	}{&password, &newPassword, &key} {
		if s.Reveal() != "" {
			t.Errorf("%T: the zero value reveals %q", s, s.Reveal())
		}
		if err := s.UnmarshalGQL(text); err != nil {
			t.Fatal(err)
		}
		if s.Reveal() != text {
			t.Errorf("%T reveals %q", s, s.Reveal())
		}
	}
}

func TestARefusedValueLeavesTheScalarAlone(t *testing.T) {
	password := mustRead[Password](t, "before")
	if err := password.UnmarshalGQL(strings.Repeat("x", 129)); err == nil {
		t.Fatal("accepted")
	}
	if password.Reveal() != "before" {
		t.Errorf("reveals %q", password.Reveal())
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

func BenchmarkDateTimeMarshal(b *testing.B) {
	at := NewDateTime(time.Date(2025, 6, 1, 9, 0, 0, 123_456_789, time.UTC))
	var buf bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		buf.Reset()
		at.MarshalGQL(&buf)
	}
}
