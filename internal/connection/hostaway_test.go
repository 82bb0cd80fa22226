package connection_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/connection"
	"github.com/stay-sidekick/profile-server/test/support/testprovider"
)

// A client that disconnects and a slow provider must leave no token, although the check
// ends before the token arrives.
func TestTokenOfHostawayIsAlwaysDeleted(t *testing.T) {
	t.Parallel()
	for name, timeout := range map[string]time.Duration{"the client disconnects": time.Hour, "the time is over": 20 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testprovider.New(t)
			c := connection.New(connection.Config{URLs: s.URLs(), Timeout: timeout})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			issued, ended := make(chan struct{}), make(chan struct{})
			s.Override(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodDelete {
					s.Respond(w, r)
					return
				}
				response := httptest.NewRecorder()
				s.Respond(response, r)
				close(issued)
				<-ended
				w.WriteHeader(response.Code)
				_, _ = w.Write(response.Body.Bytes())
			}))
			go func() {
				<-issued
				if timeout == time.Hour {
					cancel()
				}
			}()
			got := verdictOf(c.Check(ctx, with(connection.Hostaway, testprovider.GoodKey)))
			<-issued
			if open := s.OpenTokens(); !got.equal(unreachable) || open != 1 {
				t.Errorf("got %+v and %d tokens before the response", got, open)
			}
			time.Sleep(100 * time.Millisecond) // the response is later than the time
			close(ended)
			c.Close()
			if open := s.OpenTokens(); open != 0 {
				t.Errorf("%d tokens were not deleted", open)
			}
		})
	}
}

// The token is in the URL of the request, and so in the errors of package http.
func TestTokenThatIsNotDeletedIsLoggedWithoutItself(t *testing.T) {
	t.Parallel()
	const canary = "canary-token"
	for name, remove := range map[string]http.Handler{
		"refused": testprovider.Answer(http.StatusInternalServerError, "text/plain", canary),
		"cut":     http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
	} {
		s := testprovider.New(t)
		var log strings.Builder
		c := connection.New(connection.Config{URLs: s.URLs(), Log: slog.New(slog.NewTextHandler(&log, nil))})
		s.Override(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete {
				remove.ServeHTTP(w, r)
				return
			}
			_, _ = w.Write([]byte(`{"access_token":"` + canary + `"}`))
		}))
		if got := verdictOf(c.Check(t.Context(), with(connection.Hostaway, "canary-key"))); !got.equal(valid) {
			t.Errorf("%s: got %+v", name, got)
		}
		c.Close()
		if text := log.String(); strings.Count(text, "level=WARN") != 1 || strings.Contains(text, "canary") {
			t.Errorf("%s: logged %s", name, text)
		}
	}
}
