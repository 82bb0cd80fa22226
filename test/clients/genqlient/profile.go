// Package genqlient is an example of a Go client. genqlient generates generated.go
// from the operations in profile.graphql.
package genqlient

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/Khan/genqlient/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// SignInForm asks the user for e-mail and password. It gets the errors of the last
// attempt, nil for the first attempt.
type SignInForm func(context.Context, []UserError) (LoginInput, error)

// Profile calls the API for one user. It is safe for concurrent use.
type Profile struct {
	url  string
	form SignInForm

	mu    sync.Mutex // held while the form is shown: other requests wait for its token
	token string
}

// New returns a Profile. token is a token of an earlier session or "".
func New(url, token string, form SignInForm) *Profile {
	return &Profile{url: url, token: token, form: form}
}

// Me returns the signed-in user.
func (p *Profile) Me(ctx context.Context) (User, error) {
	response, err := request(ctx, p, Me)
	if err != nil {
		return User{}, err
	}
	return response.Me, nil
}

// SaveLateCheckIn saves when a check-in counts as late. If the result has
// UserErrors, nothing was changed.
func (p *Profile) SaveLateCheckIn(ctx context.Context, input SaveLateCheckInConfigInput) (LateCheckInSaved, error) {
	response, err := request(ctx, p, func(ctx context.Context, client graphql.Client) (*SaveLateCheckInResponse, error) {
		return SaveLateCheckIn(ctx, client, input)
	})
	if err != nil {
		return LateCheckInSaved{}, err
	}
	return response.SaveLateCheckInConfig, nil
}

// ChooseAIProvider sets the AI provider. An API key belongs to its provider, so it
// calls askKey when the provider needs a new one.
func (p *Profile) ChooseAIProvider(ctx context.Context, provider AiProvider, askKey func([]UserError) string) (AiSet, error) {
	set, err := p.setAI(ctx, SetAiIntegrationInput{Provider: provider})
	if err != nil || len(set.UserErrors) == 0 || set.UserErrors[0].Code != UserErrorCodeKeyRequired {
		return set, err
	}
	key := askKey(set.UserErrors)
	return p.setAI(ctx, SetAiIntegrationInput{Provider: provider, ApiKey: &key})
}

func (p *Profile) setAI(ctx context.Context, input SetAiIntegrationInput) (AiSet, error) {
	response, err := request(ctx, p, func(ctx context.Context, client graphql.Client) (*SetAiResponse, error) {
		return SetAi(ctx, client, input)
	})
	if err != nil {
		return AiSet{}, err
	}
	return response.SetAiIntegration, nil
}

// request sends an operation, and repeats it after a sign-in if the token was
// refused.
func request[T any](ctx context.Context, p *Profile, send func(context.Context, graphql.Client) (T, error)) (T, error) {
	token := p.currentToken()
	response, err := send(ctx, p.with(token))
	if CodeOf(err) != "UNAUTHENTICATED" {
		return response, err
	}
	token, err = p.signIn(ctx, token)
	if err != nil {
		return response, err
	}
	return send(ctx, p.with(token))
}

func (p *Profile) currentToken() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.token
}

// signIn replaces a refused token. Only the first request that was refused with it
// shows the form.
func (p *Profile) signIn(ctx context.Context, refused string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.token != refused {
		return p.token, nil
	}
	var userErrors []UserError
	for {
		input, err := p.form(ctx, userErrors)
		if err != nil {
			return "", err
		}
		response, err := Login(ctx, p.with(""), input)
		if err != nil {
			return "", err
		}
		if response.Login.Token != nil {
			p.token = *response.Login.Token
			return p.token, nil
		}
		userErrors = response.Login.UserErrors
	}
}

func (p *Profile) with(token string) graphql.Client {
	return graphql.NewClient(p.url, bearer(token))
}

// bearer sends requests with a token.
type bearer string

// Do asks for application/json, in which an operation that fails has the status 200:
// genqlient returns no data with any other status.
func (token bearer) Do(r *http.Request) (*http.Response, error) {
	r.Header.Set("Accept", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+string(token))
	}
	return http.DefaultClient.Do(r)
}

// CodeOf returns the code of a failed request, "" without a response. See the table
// of error codes.
func CodeOf(err error) string {
	failed, ok := errors.AsType[*gqlerror.Error](err)
	if !ok {
		return ""
	}
	code, _ := failed.Extensions["code"].(string)
	return code
}
