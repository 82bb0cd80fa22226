package testload

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// answerPatience is far beyond what the server promises.
const answerPatience = 30 * time.Second

// call is a request of the load.
type call struct {
	method, path string
	token        string
	body         map[string]any // nil for none
	contains     string         // what a good answer must contain
}

// send makes a request and judges the answer. detail describes it where it is
// not good, without what was sent.
func send(client *http.Client, url string, c call) (o Outcome, detail string) {
	ctx, cancel := context.WithTimeout(context.Background(), answerPatience)
	defer cancel()
	var body io.Reader
	if c.body != nil {
		text, err := json.Marshal(c.body)
		if err != nil {
			return Wrong, err.Error()
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, c.method, url+c.path, body)
	if err != nil {
		return Wrong, err.Error()
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	answer, err := client.Do(request)
	if err != nil {
		return withoutAnswer(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return withoutAnswer(err)
	}
	o = judge(c, answer.StatusCode, text)
	return o, fmt.Sprintf("%s %s: %d %.300s", c.method, c.path, answer.StatusCode, text)
}

func withoutAnswer(err error) (Outcome, string) {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return Refused, err.Error()
	}
	return Cut, err.Error()
}

// answer is what both edges may say.
type answer struct {
	Errors json.RawMessage
	Data   struct {
		Save struct{ UserErrors []any }
	}
}

func judge(c call, status int, text []byte) Outcome {
	var a answer
	malformed := json.Unmarshal(text, &a) != nil
	switch {
	case status == http.StatusServiceUnavailable, strings.Contains(string(a.Errors), `"code":"UNAVAILABLE"`):
		return Unavailable
	case status != http.StatusOK, malformed, len(a.Errors) > 0, len(a.Data.Save.UserErrors) > 0,
		!strings.Contains(string(text), c.contains):
		return Wrong
	}
	return Answered
}
