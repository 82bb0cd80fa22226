package connection

import (
	"net/url"
	"testing"
)

func TestSignatureOfSmoobusTestVector(t *testing.T) {
	query, err := url.ParseQuery("to=2026-04-10&from=2026-04-01")
	if err != nil {
		t.Fatal(err)
	}
	signature := smoobuMessage{
		method: "GET", path: "/api/reservations", query: query, timestamp: "2026-04-01T12:00:00Z",
		nonce: "6ba7b810-9dad-11d1-80b4-00c04fd430c8", key: "usr_live_abc123",
	}.signature("your_api_secret")
	if want := "Bu2/61pneyRyjQejH7PoCJC2P8iRm3NnC9R6CGFOQho="; signature != want {
		t.Errorf("got %s, want %s", signature, want)
	}
}

func TestSignedQueryIsSortedAndEncoded(t *testing.T) {
	query := url.Values{"b": {"2", "10"}, "a b": {"~ñ+/ é"}}
	if got, want := sortedQuery(query), "a%20b=~%C3%B1%2B%2F%20%C3%A9&b=10&b=2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
