// Package testload runs a mixed load over GraphQL and REST, records all
// acknowledged saves, and then checks that the database contains each of them
// completely, once, and with its entry in the audit log.
package testload

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
	"github.com/stay-sidekick/profile-server/test/support/testtime"
)

// Load is a set of companies with clients that save and read continuously. Each
// company has one writer per register and one reader, which send one request after
// another. One more user changes the password repeatedly.
type Load struct {
	// Pace is the pause of each client between two requests.
	Pace time.Duration
	// Lag is the delay between sending a request and its arrival at the server.
	Lag time.Duration

	client  *http.Client
	keys    *keyring.Ring
	writers []*writer
	readers []account
	changer *changer
	// changing is held while the password is changed.
	changing sync.Mutex

	mu            sync.Mutex
	writes, reads Tally
}

// account is an administrator and the only user of a company.
type account struct {
	testdb.UserRow
	token string
}

// idleTimeout is the timeout of unused connections. It is shorter than the five
// seconds after which the server closes them, because a request that arrives just
// then would be cut.
const idleTimeout = time.Second

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
	l.client = &http.Client{Transport: transport, Timeout: responseTimeout}
	newAccount := func() account {
		user := testdb.User(t, on, testdb.UserRow{CompanyID: testdb.Company(t, on, testdb.CompanyRow{}).ID})
		return account{user, testserver.TokenAt(t, user, time.Now())}
	}
	for range companies {
		a := newAccount()
		l.readers = append(l.readers, a)
		for _, r := range registers {
			l.writers = append(l.writers, &writer{account: a, register: r})
		}
	}
	l.changer = &changer{account: newAccount()}
	return l
}

// changePace limits the CPU time of the changer: a change computes three hashes.
const changePace = 300 * time.Millisecond

// Start sends requests in the background until stop is called or the test ends.
// stop waits for all requests. target returns the base URL for the next request.
func (l *Load) Start(t testing.TB, target func() string) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	repeat := func(pace time.Duration, do func(n int)) {
		all.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				do(n)
				select {
				case <-ctx.Done():
				case <-time.After(pace):
				}
			}
		})
	}
	for _, w := range l.writers {
		repeat(l.Pace, func(n int) { w.save(l, target(), n) })
	}
	for _, reader := range l.readers {
		repeat(l.Pace, func(n int) {
			c := readCalls[n%len(readCalls)]
			c.token, c.contains = reader.token, reader.Email
			l.do(&l.reads, target(), c)
		})
	}
	repeat(changePace, func(int) { l.HoldPasswords(func() { l.changer.change(l, target()) }) })
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

// Company returns a company of the load.
func (l *Load) Company() uuid.UUID { return l.readers[0].CompanyID }

// AwaitSaves waits for a number of further acknowledged saves and returns the duration.
func (l *Load) AwaitSaves(t testing.TB, saves int64) time.Duration {
	t.Helper()
	acknowledged := func() (total int64) {
		for _, w := range l.writers {
			total += w.acknowledged.Load()
		}
		return total
	}
	enough := acknowledged() + saves
	return testtime.Eventually(t, "saves are acknowledged", func() bool { return acknowledged() >= enough })
}

// Take returns the results since the last Take.
func (l *Load) Take() (writes, reads Tally) {
	l.mu.Lock()
	defer l.mu.Unlock()
	writes, reads = l.writes, l.reads
	l.writes, l.reads = nil, nil
	return writes, reads
}

// errorPause keeps clients from spinning while the server is unavailable.
const errorPause = 50 * time.Millisecond

// do sends a request and adds its result to a tally of l.
func (l *Load) do(to *Tally, url string, c call) (o Outcome, text string) {
	start := time.Now()
	o, text = c.send(l.client, url)
	r := result{outcome: o, took: time.Since(start)}
	if o == Cut || o == Wrong {
		r.text = fmt.Sprintf("%s %s: %.300s", c.method, c.path, text)
	}
	l.mu.Lock()
	*to = append(*to, r)
	l.mu.Unlock()
	if o != Answered {
		time.Sleep(errorPause)
	}
	return o, text
}

// writer saves the values 1, 2, 3 and so on to one register of one company, each
// value until it is acknowledged, alternately over REST and GraphQL.
type writer struct {
	account  account
	register register

	acknowledged atomic.Int64 // number of acknowledged saves, and the last such value
}

func (w *writer) save(l *Load, url string, attempt int) {
	newCall := w.register.overREST
	if attempt%2 == 1 {
		newCall = w.register.overGraphQL
	}
	c := newCall(int(w.acknowledged.Load()) + 1)
	c.token = w.account.token
	if o, _ := l.do(&l.writes, url, c); o == Answered {
		w.acknowledged.Add(1)
	}
}

var readCalls = []call{
	{method: http.MethodGet, path: "/api/perfil"},
	graphQL(`{ me { email company {
		integrations { pms { provider keyFingerprint decryptable } ai { provider model keyFingerprint decryptable } google { configured } }
		apartmentColumns { externalId } lateCheckIn { cutoff } } } }`, nil),
	graphQL(`{ me { id email role companyId passwordChangedAt } }`, nil),
}

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
	o, text := l.do(&l.writes, url, change)
	if c.uncertain = o != Answered; c.uncertain {
		return
	}
	c.changed++ // also after WRONG_PASSWORD
	c.keepToken(text)
	_, text = l.do(&l.writes, url, graphQL(`mutation ($input: LoginInput!) { save: login(input: $input) { token userErrors { code } } }`,
		object{"email": c.account.Email, "password": password(c.changed)}))
	c.keepToken(text)
}

var tokenIn = regexp.MustCompile(`"token":"(.+?)"`)

// keepToken uses the token of a response, if it has one.
func (c *changer) keepToken(text string) {
	if match := tokenIn.FindStringSubmatch(text); match != nil {
		c.account.token = match[1]
	}
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
