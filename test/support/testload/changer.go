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

// changePace limits the CPU time of a changer: a change computes three hashes.
const changePace = 300 * time.Millisecond

// changer changes a password repeatedly and signs in with each new one.
type changer struct {
	account account

	changed int // number of acknowledged changes
	// uncertain is true when the next change was sent without a response, so it may
	// have been stored.
	uncertain bool
}

func password(n int) string {
	if n == 0 {
		return testdb.Password
	}
	return fmt.Sprintf("Load-Horse-%d", n)
}

// change changes the password and signs in. When the last change is uncertain, this
// one must succeed, or fail with WRONG_PASSWORD because the last one was stored.
func (c *changer) change(l *Load, url string) {
	change := graphQL(`mutation ($input: ChangePasswordInput!) { save: changePassword(input: $input) { token userErrors { code } } }`,
		object{"currentPassword": password(c.changed), "newPassword": password(c.changed + 1)})
	change.token = c.account.token
	if c.uncertain {
		change.alsoAccepted = `"WRONG_PASSWORD"`
	}
	o, text := l.Writes.measure(l.client, url, change)
	if o != Answered {
		c.uncertain = true
		return
	}
	c.changed, c.uncertain = c.changed+1, false // also after WRONG_PASSWORD
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

// tokenIn returns the token in a response, "" without one.
func tokenIn(text string) string {
	var r response
	_ = json.Unmarshal([]byte(text), &r) // an Answered response is JSON
	return r.Data.Save.Token
}

// check compares the changes with the audit log, the stored password and the kept
// tokens.
func (c *changer) check(t testing.TB, pool *pgxpool.Pool, f *Findings) {
	t.Helper()
	var entries int
	var hash string
	var keptIsLast bool
	err := pool.QueryRow(t.Context(), `
		select (select count(*) from profile.audit_log where actor_id = u.id and kind = $2), u.password_hash,
			not exists (select from profile.kept_tokens k where k.user_id = u.id and k.password_changed_at is distinct from u.password_changed_at)
		from usuarios u where u.id = $1`, c.account.id, string(audit.PasswordChanged)).Scan(&entries, &hash, &keptIsLast)
	if err != nil {
		t.Fatal(err)
	}
	f.Acknowledged += c.changed
	f.Found += min(entries, c.changed)
	f.Unacknowledged += max(entries-c.changed, 0)
	if entries < c.changed || entries > c.changed && !(c.uncertain && entries == c.changed+1) {
		f.fault("the password was changed %d times, the audit log has %d changes", c.changed, entries)
	}
	if bcrypt.CompareHashAndPassword([]byte(hash), []byte(password(entries))) != nil {
		f.fault("the stored password is not that of the %d changes in the audit log", entries)
	}
	if !keptIsLast {
		f.fault("the kept token does not belong to the last password change")
	}
}
