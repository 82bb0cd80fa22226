package testload

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
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
	token        string         // "" for none
	body         map[string]any // nil for none
	contains     string         // what a good answer must contain
	// pardoned is what a bad answer may contain and still counts as answered;
	// "" for nothing.
	pardoned string
}

// send makes a request and judges the answer. text is the answer or, where there
// was none, why.
func send(client *http.Client, url string, c call) (o Outcome, text string) {
	ctx, cancel := context.WithTimeout(context.Background(), answerPatience)
	defer cancel()
	request, err := c.request(ctx, url)
	if err != nil {
		return Wrong, err.Error()
	}
	answer, err := client.Do(request)
	if err != nil {
		return withoutAnswer(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return withoutAnswer(err)
	}
	return c.judge(answer.StatusCode, body), string(body)
}

func (c call) request(ctx context.Context, url string) (*http.Request, error) {
	var body io.Reader
	if c.body != nil {
		text, err := json.Marshal(c.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, c.method, url+c.path, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	return request, nil
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

func (c call) judge(status int, text []byte) Outcome {
	var a answer
	malformed := json.Unmarshal(text, &a) != nil
	switch {
	case status == http.StatusServiceUnavailable, strings.Contains(string(a.Errors), `"code":"UNAVAILABLE"`):
		return Unavailable
	case c.pardoned != "" && strings.Contains(string(text), c.pardoned):
		return Answered
	case status != http.StatusOK, malformed, len(a.Errors) > 0, len(a.Data.Save.UserErrors) > 0,
		!strings.Contains(string(text), c.contains):
		return Wrong
	}
	return Answered
}
