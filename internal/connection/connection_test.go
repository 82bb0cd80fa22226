package connection_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stay-sidekick/profile-server/internal/connection"
	"github.com/stay-sidekick/profile-server/test/support/testprovider"
)

// A verdict is the part of a check that a provider decides.
type verdict struct {
	status  connection.Status
	reason  connection.Reason
	account string
	models  []string
}

func verdictOf(c connection.Check) verdict { return verdict{c.Status, c.Reason, c.Account, c.Models} }

func (v verdict) equal(w verdict) bool {
	return v.status == w.status && v.reason == w.reason && v.account == w.account && slices.Equal(v.models, w.models)
}

var (
	valid        = verdict{status: connection.Valid}
	named        = verdict{status: connection.Valid, account: testprovider.AccountName}
	withModels   = verdict{status: connection.Valid, models: testprovider.Models}
	rejected     = verdict{status: connection.Invalid, reason: connection.KeyRejected}
	notPermitted = verdict{status: connection.Restricted, reason: connection.MissingPermission}
	noCredit     = verdict{status: connection.Restricted, reason: connection.NoCredit}
	busy         = verdict{status: connection.RateLimited, reason: connection.ProviderBusy}
	failed       = verdict{status: connection.Unverifiable, reason: connection.ProviderError}
	unreachable  = verdict{status: connection.Unverifiable, reason: connection.ProviderUnreachable}
)

// with returns credentials with what their provider needs beside the key.
func with(provider, key string) connection.Credentials {
	c := connection.Credentials{Provider: provider, Key: key}
	if provider == connection.Hostaway {
		c.Account = testprovider.Account
	}
	return c
}

func TestCheckWithoutAProviderToAskSendsNoRequest(t *testing.T) {
	t.Parallel()
	s := testprovider.New(t)
	on, off := connection.Config{URLs: s.URLs()}, connection.Config{URLs: s.URLs(), Off: true}
	for _, row := range []struct {
		config      connection.Config
		credentials connection.Credentials
		want        connection.Reason
	}{
		{on, with("default", testprovider.GoodKey), connection.NoProvider},
		{on, with("default", "sk-ant-x"), connection.NoProvider},
		{on, with("", testprovider.GoodKey), connection.NoProvider},
		{on, with("guesty", testprovider.GoodKey), connection.NoProvider},
		{on, connection.Credentials{Provider: connection.Hostaway, Key: testprovider.GoodKey}, connection.NoProvider},
		{connection.Config{}, with(connection.OpenAI, testprovider.GoodKey), connection.NoProvider},
		{off, with(connection.OpenAI, testprovider.GoodKey), connection.ChecksOff},
		{off, with(connection.OpenAI, "sk-ant-x"), connection.ChecksOff},
		{off, with("default", testprovider.GoodKey), connection.ChecksOff},
	} {
		got := connection.New(row.config).Check(t.Context(), row.credentials)
		if want := (verdict{status: connection.Unverifiable, reason: row.want}); !verdictOf(got).equal(want) || got.Duration != 0 {
			t.Errorf("%s %q: got %+v, want %+v", row.credentials.Provider, row.credentials.Key, got, want)
		}
	}
	if requests := s.Requests(); requests != 0 {
		t.Errorf("%d requests", requests)
	}
}

func TestCheckIsTimedAndObserved(t *testing.T) {
	t.Parallel()
	s := testprovider.New(t)
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.FixedZone("", 3600))
	var observed []string
	c := connection.New(connection.Config{
		URLs: s.URLs(),
		Now:  func() time.Time { return now },
		Observe: func(provider string, check connection.Check) {
			observed = append(observed, provider+" "+string(check.Status))
		},
	})
	var header http.Header
	s.Override(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header = r.Header
		time.Sleep(time.Millisecond)
		s.Respond(w, r)
	}))
	got := c.Check(t.Context(), connection.Credentials{Provider: connection.Smoobu, Key: testprovider.GoodKey, Secret: testprovider.Secret})
	if !got.At.Equal(now) || got.Duration < time.Millisecond {
		t.Errorf("at %s for %s", got.At, got.Duration)
	}
	if stamp := header.Get("X-Timestamp"); stamp != "2026-11-30T11:00:00Z" {
		t.Errorf("timestamp %s", stamp)
	}
	c.Check(t.Context(), with("guesty", "key"))
	if want := []string{"smoobu VALID", "other UNVERIFIABLE"}; !slices.Equal(observed, want) {
		t.Errorf("observed %s, want %s", observed, want)
	}
}

func TestCredentialsPrintWithoutSecrets(t *testing.T) {
	t.Parallel()
	c := connection.Credentials{Provider: connection.Smoobu, Key: "canary", Secret: "canary", Account: "canary"}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("checked", "credentials", c, "in", struct{ C connection.Credentials }{c})
	encoded, err := json.Marshal(map[string]any{"value": c, "pointer": &c})
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{log.String(), string(encoded), fmt.Sprintf("%v %+v %#v %s %q %v", c, c, c, c, &c, []any{c})}
	for _, text := range texts {
		if strings.Contains(text, "canary") || !strings.Contains(text, "smoobu [redacted]") {
			t.Errorf("printed %s", text)
		}
	}
}

func TestEachProviderDecidesOnKeys(t *testing.T) {
	t.Parallel()
	s := testprovider.New(t)
	c := connection.New(connection.Config{URLs: s.URLs()})
	signed := func(key string) connection.Credentials {
		return connection.Credentials{Provider: connection.Smoobu, Key: key, Secret: testprovider.Secret}
	}
	type row struct {
		credentials connection.Credentials
		want        verdict
	}
	rows := []row{
		{with(connection.Smoobu, testprovider.SignedKey), rejected},
		{signed(testprovider.GoodKey), named},
		{signed(testprovider.SignedKey), named},
		{signed(testprovider.SignedKey), named}, // a nonce of its own
		{signed(testprovider.RestrictedKey), notPermitted},
		{signed("another"), rejected},
		{connection.Credentials{Provider: connection.Hostaway, Key: testprovider.GoodKey, Account: "another"}, rejected},
	}
	for _, provider := range connection.Providers() {
		good, restricted := withModels, notPermitted
		switch provider {
		case connection.Smoobu, connection.Cloudbeds:
			good = named
		case connection.Beds24:
			good = valid
		case connection.Hostaway:
			good, restricted = valid, rejected
		}
		for key, want := range map[string]verdict{
			testprovider.GoodKey: good, testprovider.RestrictedKey: restricted, "another": rejected, testprovider.BusyKey: busy, testprovider.UnpaidKey: noCredit,
		} {
			rows = append(rows, row{with(provider, key), want})
		}
	}
	for _, secret := range []string{"another", "two words", "ñ\r\n\x00", "eyJ", "sk-ant-x"} {
		rows = append(rows, row{connection.Credentials{Provider: connection.Smoobu, Key: testprovider.GoodKey, Secret: secret}, rejected})
	}
	for _, row := range rows {
		if got := verdictOf(c.Check(t.Context(), row.credentials)); !got.equal(row.want) {
			t.Errorf("%s %q: got %+v, want %+v", row.credentials.Provider, row.credentials.Key, got, row.want)
		}
	}
	c.Close()
	if open := s.OpenTokens(); open != 0 {
		t.Errorf("%d tokens of Hostaway were not deleted", open)
	}
}

// A body is JSON unless it starts with "<".
func TestVerdictOfEachResponse(t *testing.T) {
	t.Parallel()
	s := testprovider.New(t)
	c := connection.New(connection.Config{URLs: s.URLs()})
	defer c.Close()
	pms := []string{connection.Smoobu, connection.Beds24, connection.Hostaway, connection.Cloudbeds}
	ai := []string{connection.OpenAI, connection.Gemini, connection.Claude}
	model := func(names ...string) verdict { return verdict{status: connection.Valid, models: names} }
	account := func(label string) verdict { return verdict{status: connection.Valid, account: label} }
	for _, row := range []struct {
		providers []string
		status    int
		body      string
		want      verdict
	}{
		{[]string{connection.Smoobu}, 200, `{"firstName":"Ana","lastName":null,"email":"a@b.example"}`, account("Ana")},
		{[]string{connection.Smoobu}, 200, `{"firstName":" ","lastName":"","email":"a@b.example"}`, account("a@b.example")},
		{[]string{connection.Smoobu}, 200, `{"id":1}`, valid},
		{[]string{connection.Smoobu, connection.Beds24, connection.Cloudbeds}, 401, ``, rejected},
		{[]string{connection.Smoobu, connection.Beds24, connection.Cloudbeds}, 403, ``, notPermitted},

		{[]string{connection.Beds24}, 200, `{"validToken":true}`, valid},
		{[]string{connection.Beds24}, 200, `{"validToken":false}`, rejected},
		{[]string{connection.Beds24}, 200, `{"success":false,"code":401}`, rejected},
		{[]string{connection.Beds24}, 400, `{"success":false,"type":"error","code":401,"error":"Token not valid"}`, rejected},
		{[]string{connection.Beds24}, 200, `{"success":false,"code":500}`, failed},
		{[]string{connection.Beds24}, 200, `{"success":true,"code":401}`, failed},
		{[]string{connection.Beds24}, 200, `{"code":401}`, failed},
		{[]string{connection.Beds24}, 500, `{"success":false,"code":401}`, failed},
		{[]string{connection.Beds24}, 302, `{"success":false,"code":401}`, failed},
		{[]string{connection.Beds24}, 200, `{"validToken":"true"}`, failed},
		{[]string{connection.Beds24}, 200, `{"validToken":null}`, failed},

		{[]string{connection.Hostaway}, 200, `{"access_token":"t"}`, valid},
		{[]string{connection.Hostaway}, 200, `{"status":"success","result":{"access_token":"t"}}`, valid},
		{[]string{connection.Hostaway}, 200, `{"access_token":""}`, failed},
		{[]string{connection.Hostaway}, 200, `{"status":"fail"}`, failed},
		{[]string{connection.Hostaway}, 401, ``, rejected},
		{[]string{connection.Hostaway}, 403, ``, rejected},

		{[]string{connection.Cloudbeds}, 200, `{"success":true,"first_name":"Ana","last_name":"G","email":"a@b.example"}`, account("Ana G")},
		{[]string{connection.Cloudbeds}, 200, `{"email":"a@b.example"}`, account("a@b.example")},
		{[]string{connection.Cloudbeds}, 200, `{"success":false,"email":"a@b.example"}`, rejected},
		{[]string{connection.Cloudbeds}, 200, `{"success":"false"}`, failed},

		{[]string{connection.OpenAI, connection.Claude}, 200, `{"data":[{"id":"b"},{"id":"a"},{"id":"b"},{"id":""}]}`, model("a", "b")},
		{[]string{connection.OpenAI, connection.Claude}, 200, `{"data":[]}`, valid},
		{[]string{connection.OpenAI, connection.Claude}, 200, `{"data":{"id":"a"}}`, failed},
		{[]string{connection.OpenAI}, 401, `{"error":{"code":"invalid_api_key"}}`, rejected},
		{[]string{connection.OpenAI}, 401, `{"error":{"code":"invalid_api_key","message":"Missing scopes"}}`, rejected},
		{[]string{connection.OpenAI}, 401, `{"error":{"code":null,"message":"You have insufficient permissions for this operation."}}`, notPermitted},
		{[]string{connection.OpenAI}, 403, `{"error":{"message":"Missing scopes: api.model.read"}}`, notPermitted},
		{[]string{connection.OpenAI}, 401, `{"error":{"code":"ip_not_authorized","message":"not invalid_api_key"}}`, failed},
		{[]string{connection.OpenAI}, 403, `{"error":{"code":"unsupported_country_region_territory"}}`, failed},
		{[]string{connection.OpenAI}, 403, `{"error":{"code":"invalid_api_key"}}`, failed},

		{[]string{connection.Claude}, 401, `{"type":"error","error":{"type":"authentication_error"}}`, rejected},
		{[]string{connection.Claude}, 403, `{"type":"error","error":{"type":"permission_error"}}`, notPermitted},
		{[]string{connection.Claude}, 401, `{"type":"error","error":{"type":"permission_error"}}`, failed},
		{[]string{connection.Claude}, 403, `{"type":"error","error":{"type":"authentication_error"}}`, failed},
		{[]string{connection.Claude}, 529, `{"type":"error","error":{"type":"overloaded_error"}}`, failed},

		{[]string{connection.Gemini}, 200, `{"models":[{"name":"models/b"},{"name":"tunedModels/a"}]}`, model("b", "tunedModels/a")},
		{[]string{connection.Gemini}, 200, `{"data":[{"id":"a"}]}`, failed},
		{[]string{connection.Gemini}, 400, `{"error":{"code":400,"details":[{"x":1},{"reason":"API_KEY_INVALID"}]}}`, rejected},
		{[]string{connection.Gemini}, 400, `{"error":{"code":400,"message":"API_KEY_INVALID","status":"INVALID_ARGUMENT"}}`, failed},
		{[]string{connection.Gemini}, 401, `{"error":{"details":[{"reason":"ACCESS_TOKEN_TYPE_UNSUPPORTED"}]}}`, rejected},
		{[]string{connection.Gemini}, 401, `{"error":{"status":"UNAUTHENTICATED"}}`, failed},
		{[]string{connection.Gemini}, 403, `{"error":{"details":[{"reason":"API_KEY_SERVICE_BLOCKED"}]}}`, notPermitted},
		{[]string{connection.Gemini}, 403, `{"error":{"status":"PERMISSION_DENIED"}}`, notPermitted},

		{ai, 401, ``, failed},
		{ai, 403, ``, failed},
		{ai, 401, `{"error":"invalid_api_key authentication_error"}`, failed},
		{connection.Providers(), 429, ``, busy},
		{connection.Providers(), 429, `<html>slow down`, busy},
		{connection.Providers(), 429, `{"error":{"message":"insufficient_quota"}}`, busy},
		{connection.Providers(), 429, `{"error":{"code":"insufficient_quota"}}`, noCredit},
		{connection.Providers(), 429, `{"error":{"type":"credit_balance_exhausted","details":{}}}`, noCredit},
		{connection.Providers(), 400, `{"error":{"code":"insufficient_quota"}}`, failed},
		{connection.Providers(), 500, ``, failed},
		{connection.Providers(), 503, ``, failed},
		{connection.Providers(), 529, ``, failed},
		{connection.Providers(), 204, ``, failed},
		{connection.Providers(), 404, `{}`, failed},
		{connection.Providers(), 407, `{}`, failed},
		{connection.Providers(), 202, `{"validToken":true,"access_token":"t","data":[],"models":[]}`, failed},
		{connection.Providers(), 200, ``, failed},
		{connection.Providers(), 200, `null`, failed},
		{connection.Providers(), 200, `[]`, failed},
		{connection.Providers(), 200, `"text"`, failed},
		{connection.Providers(), 200, `{"validToken":true,"access_token":"t","data":[],"models":[]} x`, failed},
		{slices.Concat([]string{connection.Beds24, connection.Hostaway}, ai), 200, `{}`, failed},
		{connection.Providers(), 200, `<html>Welcome</html>`, failed},
		{connection.Providers(), 401, `<html>Welcome</html>`, failed},
		{pms, 403, `<html>Blocked</html>`, failed},
	} {
		contentType := "application/json"
		if strings.HasPrefix(row.body, "<") {
			contentType = "text/html; charset=utf-8"
		}
		s.Override(testprovider.Answer(row.status, contentType, row.body))
		for _, provider := range row.providers {
			if got := verdictOf(c.Check(t.Context(), with(provider, "key"))); !got.equal(row.want) {
				t.Errorf("%s: %d %s: got %+v, want %+v", provider, row.status, row.body, got, row.want)
			}
		}
	}
}
