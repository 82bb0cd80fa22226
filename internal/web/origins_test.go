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
	friend   = "https://app.example.com"
	stranger = "https://evil.example"
)

// withFriend allows one origin, spelled as an operator may spell it.
func withFriend(c *config.Config) {
	c.AllowedOrigins = []string{"https://App.Example.com", "http://localhost:5173"}
}

func TestAPreflightIsAnsweredForAllowedOriginsOnly(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own, withFriend)
	for _, path := range []string{"/graphql", "/api/perfil/integraciones/pms"} {
		for origin, allowed := range map[string]string{
			friend:                        friend,
			"http://localhost:5173":       "http://localhost:5173",
			stranger:                      "",
			"http://app.example.com":      "", // another scheme
			friend + ".evil.example":      "",
			friend + ":8443":              "",
			"https://sub.app.example.com": "",
			"null":                        "",
		} {
			answer := send(t, http.MethodOptions, s.URL+path, "", "Origin: "+origin,
				"Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: authorization, content-type, x-csrf-token")
			if got := answer.Header.Get("Access-Control-Allow-Origin"); got != allowed {
				t.Errorf("%s from %s: allowed %q", path, origin, got)
			}
			if allowed == "" {
				continue
			}
			if answer.StatusCode != http.StatusOK || answer.Header.Get("Access-Control-Allow-Methods") != http.MethodPut ||
				answer.Header.Get("Access-Control-Allow-Headers") != "Authorization, Content-Type, X-Csrf-Token" || answer.Header.Get("Access-Control-Max-Age") != "600" {
				t.Errorf("%s from %s: %d %v", path, origin, answer.StatusCode, answer.Header)
			}
			if answer.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Error("credentials are for cookies, which nothing here reads")
			}
		}
	}
}

func TestAPreflightForAHeaderOrMethodThatNobodyNeedsIsNotAllowed(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own, withFriend)
	for _, asked := range [][]string{
		{"Access-Control-Request-Method: TRACE"},
		{"Access-Control-Request-Method: POST", "Access-Control-Request-Headers: x-forwarded-for"},
	} {
		answer := send(t, http.MethodOptions, s.URL+"/graphql", "", append(asked, "Origin: "+friend)...)
		if got := answer.Header.Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%v: allowed %q", asked, got)
		}
	}
}

func TestPagesMaySendTheHeadersThatTheDocumentationLists(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own, withFriend)
	page, err := os.ReadFile("../../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(page), "may send the headers ")
	list, _, _ = strings.Cut(list, ".")
	listed := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(list, -1)
	if len(listed) < 8 {
		t.Fatalf("found only %q", listed)
	}
	for _, header := range listed {
		answer := send(t, http.MethodOptions, s.URL+"/graphql", "", "Origin: "+friend,
			"Access-Control-Request-Method: POST", "Access-Control-Request-Headers: "+strings.ToLower(header[1]))
		if got := answer.Header.Get("Access-Control-Allow-Headers"); !strings.EqualFold(got, header[1]) {
			t.Errorf("%s: allowed %q", header[1], got)
		}
	}
}

func TestPagesOfAllowedOriginsCanCall(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own, withFriend)
	token := s.Token(t, s.People(t).Admin)
	answer := send(t, http.MethodPost, s.URL+"/graphql", meQuery, "Origin: "+friend, "Sec-Fetch-Site: cross-site", "Authorization: Bearer "+token)
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Access-Control-Allow-Origin") != friend || answer.Header.Get("Vary") != "Origin" {
		t.Errorf("got %d %v %s", answer.StatusCode, answer.Header, answer.text)
	}
	if got := answer.Header.Get("Access-Control-Expose-Headers"); got != "X-Request-Id, Retry-After" {
		t.Errorf("exposed: %q", got)
	}
	answer = send(t, http.MethodDelete, s.URL+"/api/perfil/integraciones/pms", "", "Origin: "+friend, "Sec-Fetch-Site: cross-site", "Authorization: Bearer "+token)
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Access-Control-Allow-Origin") != friend {
		t.Errorf("got %d %v %s", answer.StatusCode, answer.Header, answer.text)
	}
}

func TestPagesOfOtherOriginsCanChangeNothing(t *testing.T) {
	t.Parallel()
	for name, changes := range map[string][]func(*config.Config){"with an allowed origin": {withFriend}, "without any": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testserver.New(t, testdb.Own, changes...)
			token := "Authorization: Bearer " + s.Token(t, s.People(t).Admin)
			for _, site := range [][]string{
				{"Origin: " + stranger, "Sec-Fetch-Site: cross-site", token},
				{"Origin: https://sub.app.example.com", "Sec-Fetch-Site: same-site", token},
				{"Origin: " + stranger, token}, // a browser of before 2023
				{"Origin: null", token},
			} {
				answer := send(t, http.MethodPost, s.URL+"/graphql", meQuery, site...)
				if answer.StatusCode != http.StatusForbidden || !answer.isGraphQL(t) {
					t.Errorf("%v: got %d %s", site[:len(site)-1], answer.StatusCode, answer.text)
				}
				answer = send(t, http.MethodDelete, s.URL+"/api/perfil/integraciones/pms", "", site...)
				if answer.StatusCode != http.StatusForbidden || !answer.isLegacy(t) {
					t.Errorf("%v: got %d %s", site[:len(site)-1], answer.StatusCode, answer.text)
				}
				if got := answer.Header.Get("Access-Control-Allow-Origin"); got != "" {
					t.Errorf("%v may read the answer: %q", site, got)
				}
			}
		})
	}
}

func TestTheOwnPagesAndProgramsNeedNoOrigin(t *testing.T) {
	t.Parallel()
	s := testserver.New(t, testdb.Own)
	token := "Authorization: Bearer " + s.Token(t, s.People(t).Admin)
	for _, site := range [][]string{
		{token},
		{token, "Origin: " + s.URL, "Sec-Fetch-Site: same-origin"},
		{token, "Origin: " + s.URL},
		{token, "Sec-Fetch-Site: none"},
	} {
		if answer := send(t, http.MethodPost, s.URL+"/graphql", meQuery, site...); answer.StatusCode != http.StatusOK {
			t.Errorf("%v: got %d %s", site[1:], answer.StatusCode, answer.text)
		}
	}
}
