package connection

import "testing"

func TestSignatureOfSmoobusTestVector(t *testing.T) {
	got := smoobuSignature("your_api_secret", "GET", "/api/reservations", "from=2026-04-01&to=2026-04-10",
		"2026-04-01T12:00:00Z", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", emptySHA256, "usr_live_abc123")
	if want := "Bu2/61pneyRyjQejH7PoCJC2P8iRm3NnC9R6CGFOQho="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
