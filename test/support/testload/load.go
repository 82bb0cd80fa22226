// Package testload runs a mixed load over GraphQL and REST, records all
// acknowledged saves, and then checks that the database contains each of them
// completely, once, and with its entry in the audit log.
package testload

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/crypto/bcrypt"

	"github.com/stay-sidekick/profile-server/internal/audit"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// Load is a set of companies with clients that save and read continuously. Each
// company has one writer per register and one reader, which send one request after
// another. One more user changes the password repeatedly.
type Load struct {
	// Writes and Reads collect the outcomes of requests.
	Writes, Reads Meter
	// Pace is the pause of each client between two requests.
	Pace time.Duration
	// Lag is the delay between sending a request and its arrival at the server.
	Lag time.Duration

	client  *http.Client
	keys    *keyring.Ring
	writers []*writer
	readers []*reader
	changer *changer
	// changing is held while the password is changed.
	changing sync.Mutex
}

// idleTimeout is the timeout of unused connections. It is shorter than the five
// seconds after which the server closes them, because a request that arrives just
// then would be cut.
const idleTimeout = time.Second

// account is an administrator and the only user of a company.
type account struct {
	id      uuid.UUID
	company uuid.UUID
	email   string
	token   string
}

// New inserts the companies of a load into a database of the service.
func New(t testing.TB, on testdb.Execer, companies int) *Load {
	t.Helper()
	key, err := keyring.ParseKey(testserver.FernetKey)
	if err != nil {
		t.Fatal(err)
	}
	l := &Load{keys: keyring.NewRing(key)}
	transport := &http.Transport{MaxIdleConnsPerHost: 1000, IdleConnTimeout: idleTimeout, DialContext: l.dial}
	t.Cleanup(transport.CloseIdleConnections)
	l.client = &http.Client{Transport: transport}
	for range companies {
		a := newAccount(t, on)
		l.readers = append(l.readers, &reader{account: a})
		for i := range registers {
			l.writers = append(l.writers, &writer{account: a, register: &registers[i]})
		}
	}
	l.changer = &changer{account: newAccount(t, on)}
	return l
}

func newAccount(t testing.TB, on testdb.Execer) account {
	t.Helper()
	company := testdb.Company(t, on, testdb.CompanyRow{})
	user := testdb.User(t, on, testdb.UserRow{CompanyID: company.ID})
	return account{id: user.ID, company: company.ID, email: user.Email, token: testserver.TokenAt(t, user, time.Now())}
}

// Start sends requests in the background until stop is called or the test ends.
// stop waits for all requests. target returns the base URL for the next request of
// a client, given by its number.
func (l *Load) Start(t testing.TB, target func(client int) string) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for i, w := range l.writers {
		all.Go(func() { repeat(ctx, l.Pace, func() { w.save(l, target(i)) }) })
	}
	for i, r := range l.readers {
		all.Go(func() { repeat(ctx, l.Pace, func() { r.read(l, target(i)) }) })
	}
	all.Go(func() {
		repeat(ctx, changePace, func() {
			l.HoldPasswords(func() { l.changer.change(l, target(0)) })
		})
	})
	stop = func() {
		cancel()
		all.Wait()
	}
	t.Cleanup(stop)
	return stop
}

// HoldPasswords calls do while no password is being changed. On a busy machine a
// change takes longer than the shutdown timeout of the server.
func (l *Load) HoldPasswords(do func()) {
	l.changing.Lock()
	defer l.changing.Unlock()
	do()
}

func repeat(ctx context.Context, pace time.Duration, do func()) {
	for ctx.Err() == nil {
		do()
		select {
		case <-ctx.Done():
		case <-time.After(pace):
		}
	}
}

// Company returns a company of the load.
func (l *Load) Company() uuid.UUID { return l.readers[0].account.company }

// Acknowledged returns the number of successful saves.
func (l *Load) Acknowledged() int {
	total := 0
	for _, w := range l.writers {
		total += int(w.acknowledged.Load())
	}
	return total
}

// writer saves the values 1, 2, 3 and so on to one register of one company, each
// value until it is acknowledged, alternately over REST and GraphQL.
type writer struct {
	account  account
	register *register

	attempts     int
	acknowledged atomic.Int64 // also the last acknowledged value
}

func (w *writer) save(l *Load, url string) {
	w.attempts++
	newCall := w.register.overREST
	if w.attempts%2 == 0 {
		newCall = w.register.overGraphQL
	}
	c := newCall(int(w.acknowledged.Load()) + 1)
	c.token = w.account.token
	if o, _ := l.Writes.measure(l.client, url, c); o == Answered {
		w.acknowledged.Add(1)
	}
}

// reader reads the profile with different requests.
type reader struct {
	account account
	reads   int
}

var readCalls = []call{
	graphQL(`{ me { id email role companyId passwordChangedAt } }`, nil),
	{method: http.MethodGet, path: "/api/perfil"},
	graphQL(`{ me { email company {
		integrations { pms { provider keyFingerprint decryptable } ai { provider model keyFingerprint decryptable } google { configured } }
		apartmentColumns { externalId } lateCheckIn { cutoff } } } }`, nil),
}

func (r *reader) read(l *Load, url string) {
	r.reads++
	c := readCalls[r.reads%len(readCalls)]
	c.token, c.contains = r.account.token, r.account.email
	l.Reads.measure(l.client, url, c)
}

// errorPause keeps clients from spinning while the server is unavailable.
const errorPause = 50 * time.Millisecond

// measure sends a request and records its outcome.
func (m *Meter) measure(client *http.Client, url string, c call) (Outcome, string) {
	start := time.Now()
	o, text := c.send(client, url)
	m.add(o, time.Since(start), fmt.Sprintf("%s %s: %.300s", c.method, c.path, text))
	if o != Answered {
		time.Sleep(errorPause)
	}
	return o, text
}

func (l *Load) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil || l.Lag == 0 {
		return conn, err
	}
	return lagging{conn, l.Lag}, nil
}

// lagging is a connection that delays writes, each of which is one request. As in a
// real network, the server can close the connection before a request arrives.
type lagging struct {
	net.Conn
	lag time.Duration
}

func (l lagging) Write(text []byte) (int, error) {
	sent := bytes.Clone(text)
	time.AfterFunc(l.lag, func() { _, _ = l.Conn.Write(sent) }) // the reader gets the error
	return len(text), nil
}

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
	if entries < c.changed || entries > c.changed && !(c.uncertain && entries == c.changed+1) {
		t.Errorf("the password was changed %d times, the audit log has %d changes", c.changed, entries)
	}
	if bcrypt.CompareHashAndPassword([]byte(hash), []byte(password(entries))) != nil {
		t.Errorf("the stored password is not that of the %d changes in the audit log", entries)
	}
	if !keptIsLast {
		t.Errorf("the kept token does not belong to the last password change")
	}
}
