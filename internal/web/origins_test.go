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

func TestPreflightAllowsOnlyAllowedOriginsMethodsAndHeaders(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own, withAllowedOrigin)
	const allHeaders = "Authorization, Content-Type, X-Csrf-Token"
	for _, c := range []struct {
		origin, method, headers string
		allowed                 bool
	}{
		{allowedOrigin, "PUT", strings.ToLower(allHeaders), true},
		{"http://localhost:5173", "PUT", strings.ToLower(allHeaders), true},
		{otherOrigin, "PUT", "authorization", false},
		{"http://app.example.com", "PUT", "authorization", false},
		{allowedOrigin + ".evil.example", "PUT", "authorization", false},
		{allowedOrigin + ":8443", "PUT", "authorization", false},
		{"https://sub.app.example.com", "PUT", "authorization", false},
		{"null", "PUT", "authorization", false},
		{allowedOrigin, "TRACE", "", false},
		{allowedOrigin, "POST", "x-forwarded-for", false},
	} {
		for _, path := range []string{"/graphql", pmsRoute} {
			header := send(t, http.MethodOptions, s.URL+path, "", "Origin: "+c.origin,
				"Access-Control-Request-Method: "+c.method, "Access-Control-Request-Headers: "+c.headers).Header
			want := map[string]string{}
			if c.allowed {
				want = map[string]string{"Allow-Origin": c.origin, "Allow-Methods": c.method, "Allow-Headers": allHeaders, "Max-Age": "600"}
			}
			for _, name := range []string{"Allow-Origin", "Allow-Methods", "Allow-Headers", "Max-Age", "Allow-Credentials"} {
				if got := header.Get("Access-Control-" + name); got != want[name] {
					t.Errorf("%s, %+v: %s is %q, want %q", path, c, name, got, want[name])
				}
			}
		}
	}
}

func TestPreflightAllowsTheDocumentedHeaders(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own, withAllowedOrigin)
	page, err := os.ReadFile("../../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(page), "may send the headers ")
	list, _, _ = strings.Cut(list, ".")
	listed := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(list, -1)
	if len(listed) < 10 {
		t.Fatalf("found only %q", listed)
	}
	for _, header := range listed {
		resp := send(t, http.MethodOptions, s.URL+"/graphql", "", "Origin: "+allowedOrigin,
			"Access-Control-Request-Method: POST", "Access-Control-Request-Headers: "+strings.ToLower(header[1]))
		if got := resp.Header.Get("Access-Control-Allow-Headers"); !strings.EqualFold(got, header[1]) {
			t.Errorf("%s: allowed %q", header[1], got)
		}
	}
}

// site has the headers of a request that a browser makes for a page.
type site []string

func TestRequestsOfAllowedOriginsAndOfProgramsAreAccepted(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own, withAllowedOrigin)
	token := "Authorization: Bearer " + s.Token(t, s.People(t).Admin)
	for _, c := range []struct {
		site    site
		allowed string
	}{
		{site{"Origin: " + allowedOrigin, "Sec-Fetch-Site: cross-site"}, allowedOrigin},
		{nil, ""},
		{site{"Origin: " + s.URL, "Sec-Fetch-Site: same-origin"}, ""},
		{site{"Origin: " + s.URL}, ""},
		{site{"Sec-Fetch-Site: none"}, ""},
	} {
		for _, resp := range []response{
			send(t, http.MethodPost, s.URL+"/graphql", meQuery, append(c.site, token)...),
			send(t, http.MethodDelete, s.URL+pmsRoute, "", append(c.site, token)...),
		} {
			if resp.StatusCode != http.StatusOK || resp.Header.Get("Access-Control-Allow-Origin") != c.allowed || resp.Header.Get("Vary") != "Origin" {
				t.Errorf("%v: got %d %v %s", c.site, resp.StatusCode, resp.Header, resp.text)
			}
			if got := resp.Header.Get("Access-Control-Expose-Headers"); c.allowed != "" && got != "X-Request-Id, Retry-After" {
				t.Errorf("exposed: %q", got)
			}
		}
	}
}

func TestUnsafeRequestsOfOtherOriginsAreRejected(t *testing.T) {
	t.Parallel()
	for name, changes := range map[string][]func(*config.Config){"with an allowed origin": {withAllowedOrigin}, "without any": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testserver.New(t, testdb.Own, changes...)
			token := "Authorization: Bearer " + s.Token(t, s.People(t).Admin)
			for _, site := range []site{
				{"Origin: " + otherOrigin, "Sec-Fetch-Site: cross-site"},
				{"Origin: https://sub.app.example.com", "Sec-Fetch-Site: same-site"},
				{"Origin: " + otherOrigin}, // a browser of before 2023
				{"Origin: null"},
			} {
				for path, method := range map[string]string{"/graphql": http.MethodPost, pmsRoute: http.MethodDelete} {
					resp := send(t, method, s.URL+path, meQuery, append(site, token)...)
					if resp.StatusCode != http.StatusForbidden || resp.envelope() != envelopeOf(path) || resp.Header.Get("Access-Control-Allow-Origin") != "" {
						t.Errorf("%v: got %d %v %s", site, resp.StatusCode, resp.Header, resp.text)
					}
				}
			}
		})
	}
}
