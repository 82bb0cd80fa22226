package web_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/internal/config"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

const (
	allowedOrigin = "https://app.example.com"
	otherOrigin   = "https://evil.example"
)

func withAllowedOrigin(c *config.Config) {
	c.AllowedOrigins = []string{allowedOrigin, "http://localhost:5173"}
}

// documentedHeaders returns the headers that docs/clients.md lists for pages.
func documentedHeaders(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(page), "may send the headers ")
	list, _, _ = strings.Cut(list, ".")
	var headers []string
	for _, match := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(list, -1) {
		headers = append(headers, http.CanonicalHeaderKey(match[1]))
	}
	if len(headers) < 10 {
		t.Fatalf("found only %q", headers)
	}
	return strings.Join(headers, ", ")
}

func TestPreflightAllowsOnlyAllowedOriginsMethodsAndHeaders(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own, withAllowedOrigin)
	documented := documentedHeaders(t)
	for _, c := range []struct {
		origin, method, headers string
		allowed                 bool
	}{
		{allowedOrigin, "PUT", documented, true},
		{"http://localhost:5173", "PUT", documented, true},
		{otherOrigin, "PUT", "Authorization", false},
		{"http://app.example.com", "PUT", "Authorization", false},
		{allowedOrigin + ".evil.example", "PUT", "Authorization", false},
		{allowedOrigin + ":8443", "PUT", "Authorization", false},
		{"https://sub.app.example.com", "PUT", "Authorization", false},
		{"null", "PUT", "Authorization", false},
		{allowedOrigin, "TRACE", "", false},
		{allowedOrigin, "POST", "X-Forwarded-For", false},
	} {
		for _, path := range []string{"/graphql", pmsRoute} {
			header := s.Send(t, "", http.MethodOptions, path, "", "Origin: "+c.origin, "Access-Control-Request-Method: "+c.method,
				"Access-Control-Request-Headers: "+strings.ToLower(c.headers)).Header
			want := map[string]string{}
			if c.allowed {
				want = map[string]string{"Allow-Origin": c.origin, "Allow-Methods": c.method, "Allow-Headers": c.headers, "Max-Age": "600"}
			}
			for _, name := range []string{"Allow-Origin", "Allow-Methods", "Allow-Headers", "Max-Age", "Allow-Credentials"} {
				if got := header.Get("Access-Control-" + name); got != want[name] {
					t.Errorf("%s, %+v: %s is %q, want %q", path, c, name, got, want[name])
				}
			}
		}
	}
}

func TestOnlySafeRequestsOfOtherOriginsAreAccepted(t *testing.T) {
	t.Parallel()
	for _, changes := range [][]func(*config.Config){{withAllowedOrigin}, nil} {
		s := testserver.New(t, testdb.Own, changes...)
		token := s.Token(t, s.People(t).Admin)
		for _, c := range []struct {
			site    []string // the headers of a request that a browser makes for a page
			status  int
			allowed string
		}{
			{nil, http.StatusOK, ""}, // a program
			{[]string{"Origin: " + s.URL, "Sec-Fetch-Site: same-origin"}, http.StatusOK, ""},
			{[]string{"Origin: " + s.URL}, http.StatusOK, ""},
			{[]string{"Sec-Fetch-Site: none"}, http.StatusOK, ""},
			{[]string{"Origin: " + allowedOrigin, "Sec-Fetch-Site: cross-site"}, http.StatusOK, allowedOrigin},
			{[]string{"Origin: " + otherOrigin, "Sec-Fetch-Site: cross-site"}, http.StatusForbidden, ""},
			{[]string{"Origin: https://sub.app.example.com", "Sec-Fetch-Site: same-site"}, http.StatusForbidden, ""},
			{[]string{"Origin: " + otherOrigin}, http.StatusForbidden, ""}, // a browser of before 2023
			{[]string{"Origin: null"}, http.StatusForbidden, ""},
		} {
			if changes == nil && c.allowed != "" {
				c.status, c.allowed = http.StatusForbidden, ""
			}
			for path, method := range map[string]string{"/graphql": http.MethodPost, pmsRoute: http.MethodDelete} {
				resp := s.Send(t, token, method, path, meQuery, c.site...)
				if resp.Status != c.status || resp.Header.Get("Access-Control-Allow-Origin") != c.allowed ||
					resp.Status == http.StatusForbidden && envelope(resp) != envelopeOf(path) {
					t.Errorf("%v: got %d %v %s", c.site, resp.Status, resp.Header, resp.Body)
				}
				if exposed := resp.Header.Get("Access-Control-Expose-Headers"); c.allowed != "" && exposed != "X-Request-Id, Retry-After" {
					t.Errorf("exposed: %q", exposed)
				}
			}
		}
	}
}
