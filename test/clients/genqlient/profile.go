// Package genqlient is an example of a client in Go. profile.graphql holds its
// operations; genqlient writes generated.go from them.
package genqlient

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/Khan/genqlient/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// SignInForm asks a person for e-mail and password. It gets the errors of the
// last attempt, nil at the first.
type SignInForm func(context.Context, []UserError) (LoginInput, error)

// Profile calls the API for one person. It is safe for concurrent use.
type Profile struct {
	url  string
	form SignInForm

	mu    sync.Mutex // held while the form is shown: others wait for its token
	token string
}

// New makes a Profile. token is one from an earlier visit, "" without one.
func New(url, token string, form SignInForm) *Profile {
	return &Profile{url: url, token: token, form: form}
}

// Me returns who is signed in.
func (p *Profile) Me(ctx context.Context) (User, error) {
	answer, err := request(ctx, p, Me)
	if err != nil {
		return User{}, err
	}
	return answer.Me, nil
}

// SaveLateCheckIn saves when a check-in counts as late. Where the UserErrors of
// the answer tell why, nothing was changed.
func (p *Profile) SaveLateCheckIn(ctx context.Context, input SaveLateCheckInConfigInput) (LateCheckInSaved, error) {
	answer, err := request(ctx, p, func(ctx context.Context, client graphql.Client) (*SaveLateCheckInResponse, error) {
		return SaveLateCheckIn(ctx, client, input)
	})
	if err != nil {
		return LateCheckInSaved{}, err
	}
	return answer.SaveLateCheckInConfig, nil
}

// ChooseAIProvider sets the AI provider. A key belongs to its provider, so
// another provider may need another key: then askKey is called.
func (p *Profile) ChooseAIProvider(ctx context.Context, provider AiProvider, askKey func([]UserError) string) (AiSet, error) {
	set, err := p.setAI(ctx, SetAiIntegrationInput{Provider: provider})
	if err != nil || len(set.UserErrors) == 0 || set.UserErrors[0].Code != UserErrorCodeKeyRequired {
		return set, err
	}
	key := askKey(set.UserErrors)
	return p.setAI(ctx, SetAiIntegrationInput{Provider: provider, ApiKey: &key})
}

func (p *Profile) setAI(ctx context.Context, input SetAiIntegrationInput) (AiSet, error) {
	answer, err := request(ctx, p, func(ctx context.Context, client graphql.Client) (*SetAiResponse, error) {
		return SetAi(ctx, client, input)
	})
	if err != nil {
		return AiSet{}, err
	}
	return answer.SetAiIntegration, nil
}

// request sends an operation, again after signing in if the token did not
// count.
func request[T any](ctx context.Context, p *Profile, send func(context.Context, graphql.Client) (T, error)) (T, error) {
	token := p.currentToken()
	answer, err := send(ctx, p.with(token))
	if CodeOf(err) != "UNAUTHENTICATED" {
		return answer, err
	}
	token, err = p.signIn(ctx, token)
	if err != nil {
		return answer, err
	}
	return send(ctx, p.with(token))
}

func (p *Profile) currentToken() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.token
}

// signIn replaces a refused token. Of all requests that were refused with it
// the first shows the form.
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
		answer, err := Login(ctx, p.with(""), input)
		if err != nil {
			return "", err
		}
		if answer.Login.Token != nil {
			p.token = *answer.Login.Token
			return p.token, nil
		}
		userErrors = answer.Login.UserErrors
	}
}

func (p *Profile) with(token string) graphql.Client {
	return graphql.NewClient(p.url, bearer(token))
}

// bearer sends requests with a token.
type bearer string

func (token bearer) Do(r *http.Request) (*http.Response, error) {
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+string(token))
	}
	return http.DefaultClient.Do(r)
}

// CodeOf returns the code of a failed request, "" when the API was not reached.
// See the table of error codes.
func CodeOf(err error) string {
	failed, ok := errors.AsType[*gqlerror.Error](err)
	if !ok {
		return ""
	}
	code, _ := failed.Extensions["code"].(string)
	return code
}
