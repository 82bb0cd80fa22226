package testload

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/crypto/bcrypt"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/internal/testdb"
)

// changePace leaves the processor to others: a change hashes three times.
const changePace = 300 * time.Millisecond

// changer changes a password again and again, and signs in with it each time.
type changer struct {
	account account

	changed int // how often, as far as answers told
	// unanswered tells that the next change was asked for and may have happened.
	unanswered bool
}

func password(n int) string {
	if n == 0 {
		return testdb.Password
	}
	return fmt.Sprintf("Load-Horse-%d", n)
}

func (c *changer) change(l *Load, url string) {
	change := call{
		method: http.MethodPost, path: "/graphql", token: c.account.token,
		body: map[string]any{
			"query": `mutation ($input: ChangePasswordInput!) { save: changePassword(input: $input) { token userErrors { code } } }`,
			"variables": map[string]any{"input": map[string]any{
				"currentPassword": password(c.changed), "newPassword": password(c.changed + 1)}},
		},
	}
	if c.unanswered {
		change.pardoned = `"WRONG_PASSWORD"`
	}
	o, text := l.Writes.measure(l.client, url, change)
	if o != Answered {
		c.unanswered = true
		return
	}
	if token := tokenIn(text); token != "" {
		c.account.token = token
		c.changed++
		c.unanswered = false
	}
	c.signIn(l, url)
}

// signIn must succeed with the password of the last change; where it is not
// known whether that happened, it must have.
func (c *changer) signIn(l *Load, url string) {
	n := c.changed
	if c.unanswered {
		n++
	}
	o, text := l.Writes.measure(l.client, url, call{
		method: http.MethodPost, path: "/graphql",
		body: map[string]any{
			"query":     `mutation ($input: LoginInput!) { save: login(input: $input) { token userErrors { code } } }`,
			"variables": map[string]any{"input": map[string]any{"email": c.account.email, "password": password(n)}},
		},
	})
	if o == Answered {
		c.account.token = tokenIn(text)
		c.changed, c.unanswered = n, false
	}
}

// tokenIn gives the token of an answer, "" when there is none.
func tokenIn(text string) string {
	var answer struct {
		Data struct{ Save struct{ Token string } }
	}
	_ = json.NewDecoder(strings.NewReader(text)).Decode(&answer)
	return answer.Data.Save.Token
}

// check compares the changes with the entries in the audit log, the stored
// password and the token that was kept.
func (c *changer) check(ctx context.Context, pool *pgxpool.Pool) (Findings, error) {
	var entries int
	var hash string
	var whole bool
	err := pool.QueryRow(ctx, `
		select (select count(*) from profile.audit_log where actor_id = u.id and kind = $2), u.password_hash,
			not exists (select from profile.kept_tokens k where k.user_id = u.id and k.password_changed_at is distinct from u.password_changed_at)
		from usuarios u where u.id = $1`, c.account.id, string(audit.PasswordChanged)).Scan(&entries, &hash, &whole)
	if err != nil {
		return Findings{}, err
	}
	f := Findings{Acknowledged: c.changed, Found: min(entries, c.changed), Unasked: max(entries-c.changed, 0)}
	if entries < c.changed || entries > c.changed && !(c.unanswered && entries == c.changed+1) {
		f.Faults = append(f.Faults, fmt.Sprintf("the password was changed %d times, the audit log tells of %d", c.changed, entries))
	}
	if bcrypt.CompareHashAndPassword([]byte(hash), []byte(password(entries))) != nil {
		f.Faults = append(f.Faults, fmt.Sprintf("the audit log tells of %d changes of the password, another one is stored", entries))
	}
	if !whole {
		f.Faults = append(f.Faults, "the kept token is not of the last change of the password")
	}
	return f, nil
}
