package connection

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
)

// rule maps responses to a verdict.
type rule struct {
	// status is the HTTP status, 0 for any.
	status int
	// match reports whether the rule applies to a body, nil for every body. It may
	// store the account and the models of the body.
	match   func(body []byte, into *Check) bool
	verdict verdict
}

type verdict struct {
	status Status
	reason Reason
}

// The verdicts of responses.
var (
	valid         = verdict{Valid, ""}
	rejected      = verdict{Invalid, KeyRejected}
	notPermitted  = verdict{Restricted, MissingPermission}
	noCredit      = verdict{Restricted, NoCredit}
	busy          = verdict{RateLimited, ProviderBusy}
	providerError = verdict{Unverifiable, ProviderError}
)

// tooManyRequests are the rules of status 429, which has one meaning at all providers.
var tooManyRequests = []rule{
	{http.StatusTooManyRequests, hasCode("insufficient_quota", "credit_balance_exhausted"), noCredit},
	{http.StatusTooManyRequests, nil, busy},
}

// judge returns the verdict of the first rule that applies. Without one, and for
// redirects, faults of the provider, and responses of no API, a check is Unverifiable.
func judge(r response, rules []rule) Check {
	switch {
	case r.status == http.StatusTooManyRequests:
		rules = tooManyRequests
	case r.status/100 == 3 || r.status >= 500 || r.foreign:
		rules = nil
	}
	for _, rule := range rules {
		var check Check
		if (rule.status == 0 || rule.status == r.status) && (rule.match == nil || rule.match(r.body, &check)) {
			check.Status, check.Reason = rule.verdict.status, rule.verdict.reason
			return check
		}
	}
	return Check{Status: providerError.status, Reason: providerError.reason}
}

// object decodes a body, which must be a JSON object.
func object[T any](body []byte) (value T, ok bool) {
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) { // null is no error to Unmarshal
		return value, false
	}
	return value, json.Unmarshal(body, &value) == nil
}

// failure is the error in the body of an AI provider. OpenAI has a code and a type,
// Claude a type, Gemini a status and the reasons of details.
type failure struct {
	Error struct {
		Code    string
		Type    string
		Status  string
		Message string
		Details []struct{ Reason string }
	}
}

func readFailure(body []byte) failure {
	var f failure
	// A member of another type, such as Gemini's numeric code, is left out.
	if err := json.Unmarshal(body, &f); err != nil {
		if _, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok {
			return failure{}
		}
	}
	return f
}

// hasCode matches errors with one of the codes.
func hasCode(codes ...string) func([]byte, *Check) bool {
	return func(body []byte, _ *Check) bool {
		e := readFailure(body).Error
		found := []string{e.Code, e.Type, e.Status}
		for _, detail := range e.Details {
			found = append(found, detail.Reason)
		}
		return slices.ContainsFunc(found, func(code string) bool { return slices.Contains(codes, code) })
	}
}

// hasMessage matches errors whose message contains one of the texts, in lower case.
func hasMessage(texts ...string) func([]byte, *Check) bool {
	return func(body []byte, _ *Check) bool {
		message := strings.ToLower(readFailure(body).Error.Message)
		return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(message, text) })
	}
}

// hasModels matches the list of models of OpenAI and Claude.
func hasModels(body []byte, into *Check) bool {
	list, ok := object[struct{ Data []struct{ ID string } }](body)
	var names []string
	for _, model := range list.Data {
		names = append(names, model.ID)
	}
	into.Models = cleanModels(names)
	return ok && list.Data != nil
}
