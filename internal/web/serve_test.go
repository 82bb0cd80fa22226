package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/web"
)

// Package net/http rejects it before any handler runs.
func TestLongRequestLineIsRejected(t *testing.T) {
	t.Parallel()
	listener, err := web.Listen("LISTEN_ADDR", "127.0.0.1:0", web.IdentifyRequest(nil, slog.New(slog.DiscardHandler))(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- web.Serve(ctx, slog.New(slog.DiscardHandler), listener) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	for length, status := range map[int]int{63 << 10: http.StatusOK, 72 << 10: http.StatusRequestHeaderFieldsTooLarge} {
		resp, err := http.Get("http://" + listener.Addr().String() + "/graphql?query=" + strings.Repeat("x", length))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		named := resp.Header.Get(web.RequestIDHeader) != ""
		if err != nil || resp.StatusCode != status || named != (status == http.StatusOK) {
			t.Errorf("%d bytes: got %d %v %q, %v", length, resp.StatusCode, resp.Header, body, err)
		}
	}
}
