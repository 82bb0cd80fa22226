// Package testload puts a service under a mixed load over both edges, keeps
// book of every save that was acknowledged, and looks afterwards whether it is
// in the database: whole, once, and with its entry in the audit log.
package testload

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/stay-sidekick/profile-server/internal/keyring"
	"github.com/stay-sidekick/profile-server/test/support/testdb"
	"github.com/stay-sidekick/profile-server/test/support/testserver"
)

// Load is a set of companies whose administrators save and read all the time.
// Each company has one writer for each register and one reader, which all make
// one request after the other. One user changes the password again and again.
type Load struct {
	// Writes and Reads collect how requests ended.
	Writes, Reads Meter
	// Pace is how long everyone pauses between two requests.
	Pace time.Duration
	// Lag is how long a request is under way before the server can know of it.
	Lag time.Duration

	client  *http.Client
	keys    *keyring.Ring
	writers []*writer
	readers []*reader
	changer *changer
	// changing is held while the password is changed.
	changing sync.Mutex
}

// idle is how long a connection is kept that nobody uses. The server ends one on
// which nothing came for five seconds, which another may have made needless by
// then: a request that is under way to it would be cut.
const idle = time.Second

// account is an administrator, alone in a company.
type account struct {
	id      uuid.UUID
	company uuid.UUID
	email   string
	token   string
}

// New makes companies for a load on a database of the service.
func New(t testing.TB, on testdb.Execer, companies int) *Load {
	t.Helper()
	key, err := keyring.ParseKey(testserver.FernetKey)
	if err != nil {
		t.Fatal(err)
	}
	l := &Load{keys: keyring.NewRing(key)}
	transport := &http.Transport{MaxIdleConnsPerHost: 1000, IdleConnTimeout: idle, DialContext: l.dial}
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

// Start makes requests in the background, until stop is called or the test ends;
// stop returns when all of them have ended. target gives the address for the next
// request of a client, by its number.
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

// HoldPasswords calls do while no password is being changed. On a machine that is
// busy a change takes longer than a server that stops may wait.
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

// Company is one of those of the load.
func (l *Load) Company() uuid.UUID { return l.readers[0].account.company }

// Acknowledged is how many saves have been answered with success.
func (l *Load) Acknowledged() int {
	total := 0
	for _, w := range l.writers {
		total += int(w.acknowledged.Load())
	}
	return total
}

// writer saves one register of one company: the values 1, 2, 3 and so on, each
// again and again until it is acknowledged. The edges alternate.
type writer struct {
	account  account
	register *register

	attempts     int
	acknowledged atomic.Int64 // also the number of the last value acknowledged
}

func (w *writer) save(l *Load, url string) {
	w.attempts++
	edge := w.register.overREST
	if w.attempts%2 == 0 {
		edge = w.register.overGraphQL
	}
	c := edge(int(w.acknowledged.Load()) + 1)
	c.token = w.account.token
	if o, _ := l.Writes.measure(l.client, url, c); o == Answered {
		w.acknowledged.Add(1)
	}
}

// reader reads the profile in three ways.
type reader struct {
	account account
	reads   int
}

var screens = []call{
	graphQL(`{ me { id email role companyId passwordChangedAt } }`, nil),
	{method: http.MethodGet, path: "/api/perfil"},
	graphQL(`{ me { email company {
		integrations { pms { provider keyFingerprint decryptable } ai { provider model keyFingerprint decryptable } google { configured } }
		apartmentColumns { externalId } lateCheckIn { cutoff } } } }`, nil),
}

func (r *reader) read(l *Load, url string) {
	r.reads++
	c := screens[r.reads%len(screens)]
	c.token, c.contains = r.account.token, r.account.email
	l.Reads.measure(l.client, url, c)
}

// errorPause keeps clients from spinning while nothing answers.
const errorPause = 50 * time.Millisecond

// measure makes a request and notes how it ended.
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

// lagging is a connection on which a request, which is one write, is under way for
// a while, so that the other side may close it meanwhile, as over a real network.
type lagging struct {
	net.Conn
	lag time.Duration
}

func (l lagging) Write(text []byte) (int, error) {
	sent := bytes.Clone(text)
	time.AfterFunc(l.lag, func() { _, _ = l.Conn.Write(sent) }) // the reader notices an error
	return len(text), nil
}
