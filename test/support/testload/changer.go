package testload

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/crypto/bcrypt"

	"github.com/stay-sidekick/profile-server/internal/audit"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

// changePace leaves the processor to others: a change hashes three times.
const changePace = 300 * time.Millisecond

// changer changes a password again and again, and signs in with it each time.
type changer struct {
	account account

	changed int // how often, as far as responses told
	// unanswered tells that the next change was sent and may have happened.
	unanswered bool
}

func password(n int) string {
	if n == 0 {
		return testdb.Password
	}
	return fmt.Sprintf("Load-Horse-%d", n)
}

// change changes the password and signs in. Where it is not known whether a change
// happened, the next one must succeed, or fail because it did.
func (c *changer) change(l *Load, url string) {
	change := graphQL(`mutation ($input: ChangePasswordInput!) { save: changePassword(input: $input) { token userErrors { code } } }`,
		object{"currentPassword": password(c.changed), "newPassword": password(c.changed + 1)})
	change.token = c.account.token
	if c.unanswered {
		change.pardoned = `"WRONG_PASSWORD"`
	}
	o, text := l.Writes.measure(l.client, url, change)
	if o != Answered {
		c.unanswered = true
		return
	}
	c.changed, c.unanswered = c.changed+1, false // also when the answer is that the old password is wrong
	if token := tokenIn(text); token != "" {
		c.account.token = token
	}
	o, text = l.Writes.measure(l.client, url, graphQL(
		`mutation ($input: LoginInput!) { save: login(input: $input) { token userErrors { code } } }`,
		object{"email": c.account.email, "password": password(c.changed)}))
	if o == Answered {
		c.account.token = tokenIn(text)
	}
}

// tokenIn returns the token of a response, "" when there is none.
func tokenIn(text string) string {
	var a answer
	_ = json.Unmarshal([]byte(text), &a) // Answered means that it is JSON
	return a.Data.Save.Token
}

// check compares the changes with the entries in the audit log, the stored
// password and the tokens that were kept.
func (c *changer) check(t testing.TB, pool *pgxpool.Pool, f *Findings) {
	t.Helper()
	var entries int
	var hash string
	var whole bool
	err := pool.QueryRow(t.Context(), `
		select (select count(*) from profile.audit_log where actor_id = u.id and kind = $2), u.password_hash,
			not exists (select from profile.kept_tokens k where k.user_id = u.id and k.password_changed_at is distinct from u.password_changed_at)
		from usuarios u where u.id = $1`, c.account.id, string(audit.PasswordChanged)).Scan(&entries, &hash, &whole)
	if err != nil {
		t.Fatal(err)
	}
	f.Acknowledged += c.changed
	f.Found += min(entries, c.changed)
	f.Unasked += max(entries-c.changed, 0)
	if entries < c.changed || entries > c.changed && !(c.unanswered && entries == c.changed+1) {
		f.fault("the password was changed %d times, the audit log tells of %d", c.changed, entries)
	}
	if bcrypt.CompareHashAndPassword([]byte(hash), []byte(password(entries))) != nil {
		f.fault("the audit log tells of %d changes of the password, another one is stored", entries)
	}
	if !whole {
		f.fault("the kept token is not of the last change of the password")
	}
}
