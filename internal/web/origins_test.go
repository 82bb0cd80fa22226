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

func TestPreflightAllowsOnlyAllowedOrigins(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own, withAllowedOrigin)
	for _, path := range []string{"/graphql", "/api/perfil/integraciones/pms"} {
		for origin, allowed := range map[string]string{
			allowedOrigin:                   allowedOrigin,
			"http://localhost:5173":         "http://localhost:5173",
			otherOrigin:                     "",
			"http://app.example.com":        "", // another scheme
			allowedOrigin + ".evil.example": "",
			allowedOrigin + ":8443":         "",
			"https://sub.app.example.com":   "",
			"null":                          "",
		} {
			resp := send(t, http.MethodOptions, s.URL+path, "", "Origin: "+origin,
				"Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: authorization, content-type, x-csrf-token")
			if got := resp.Header.Get("Access-Control-Allow-Origin"); got != allowed {
				t.Errorf("%s from %s: allowed %q", path, origin, got)
			}
			if allowed == "" {
				continue
			}
			if resp.StatusCode != http.StatusOK || resp.Header.Get("Access-Control-Allow-Methods") != http.MethodPut ||
				resp.Header.Get("Access-Control-Allow-Headers") != "Authorization, Content-Type, X-Csrf-Token" || resp.Header.Get("Access-Control-Max-Age") != "600" {
				t.Errorf("%s from %s: %d %v", path, origin, resp.StatusCode, resp.Header)
			}
			if resp.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Error("credentials are allowed, but the service reads no cookies")
			}
		}
	}
}

func TestPreflightDoesNotAllowOtherHeadersAndMethods(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own, withAllowedOrigin)
	for _, requested := range [][]string{
		{"Access-Control-Request-Method: TRACE"},
		{"Access-Control-Request-Method: POST", "Access-Control-Request-Headers: x-forwarded-for"},
	} {
		resp := send(t, http.MethodOptions, s.URL+"/graphql", "", append(requested, "Origin: "+allowedOrigin)...)
		if got := resp.Header.Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%v: allowed %q", requested, got)
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

func TestRequestsOfAllowedOriginsAreAccepted(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own, withAllowedOrigin)
	token := s.Token(t, s.People(t).Admin)
	resp := send(t, http.MethodPost, s.URL+"/graphql", meQuery, "Origin: "+allowedOrigin, "Sec-Fetch-Site: cross-site", "Authorization: Bearer "+token)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Access-Control-Allow-Origin") != allowedOrigin || resp.Header.Get("Vary") != "Origin" {
		t.Errorf("got %d %v %s", resp.StatusCode, resp.Header, resp.text)
	}
	if got := resp.Header.Get("Access-Control-Expose-Headers"); got != "X-Request-Id, Retry-After" {
		t.Errorf("exposed: %q", got)
	}
	resp = send(t, http.MethodDelete, s.URL+"/api/perfil/integraciones/pms", "", "Origin: "+allowedOrigin, "Sec-Fetch-Site: cross-site", "Authorization: Bearer "+token)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Access-Control-Allow-Origin") != allowedOrigin {
		t.Errorf("got %d %v %s", resp.StatusCode, resp.Header, resp.text)
	}
}

func TestUnsafeRequestsOfOtherOriginsAreRejected(t *testing.T) {
	t.Parallel()
	for name, changes := range map[string][]func(*config.Config){"with an allowed origin": {withAllowedOrigin}, "without any": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testserver.New(t, testdb.Own, changes...)
			token := "Authorization: Bearer " + s.Token(t, s.People(t).Admin)
			for _, site := range [][]string{
				{"Origin: " + otherOrigin, "Sec-Fetch-Site: cross-site", token},
				{"Origin: https://sub.app.example.com", "Sec-Fetch-Site: same-site", token},
				{"Origin: " + otherOrigin, token}, // a browser of before 2023
				{"Origin: null", token},
			} {
				resp := send(t, http.MethodPost, s.URL+"/graphql", meQuery, site...)
				if resp.StatusCode != http.StatusForbidden || !resp.isGraphQL(t) {
					t.Errorf("%v: got %d %s", site[:len(site)-1], resp.StatusCode, resp.text)
				}
				resp = send(t, http.MethodDelete, s.URL+"/api/perfil/integraciones/pms", "", site...)
				if resp.StatusCode != http.StatusForbidden || !resp.isREST(t) {
					t.Errorf("%v: got %d %s", site[:len(site)-1], resp.StatusCode, resp.text)
				}
				if got := resp.Header.Get("Access-Control-Allow-Origin"); got != "" {
					t.Errorf("%v may read the response: %q", site, got)
				}
			}
		})
	}
}

func TestRequestsOfTheSameOriginAndOfProgramsAreAccepted(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	token := "Authorization: Bearer " + s.Token(t, s.People(t).Admin)
	for _, site := range [][]string{
		{token},
		{token, "Origin: " + s.URL, "Sec-Fetch-Site: same-origin"},
		{token, "Origin: " + s.URL},
		{token, "Sec-Fetch-Site: none"},
	} {
		if resp := send(t, http.MethodPost, s.URL+"/graphql", meQuery, site...); resp.StatusCode != http.StatusOK {
			t.Errorf("%v: got %d %s", site[1:], resp.StatusCode, resp.text)
		}
	}
}
