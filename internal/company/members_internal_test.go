package company

import "testing"

func TestStoredIntegerOutside32BitsCountsAsAbsent(t *testing.T) {
	for stored, want := range map[string]int{
		`{"n": 3.0, "p": 3.0}`:                   3,
		`{"n": 2147483647, "p": 2147483647}`:     2147483647,
		`{"n": -2147483648, "p": -2147483648}`:   -2147483648,
		`{"n": 2147483648, "p": 2147483648}`:     7,
		`{"n": -99999999999, "p": -99999999999}`: 7,
		`{"n": 1e300, "p": 1e300}`:               7,
	} {
		config := struct {
			N int  `json:"n"`
			P *int `json:"p,omitempty"`
		}{7, new(7)}
		readMembers([]byte(stored), &config)
		if config.N != want || *config.P != want {
			t.Errorf("%s: read %d and %d, want %d", stored, config.N, *config.P, want)
		}
	}
}
