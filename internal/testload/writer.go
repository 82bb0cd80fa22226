package testload

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

// errorPause keeps clients from spinning while nothing answers.
const errorPause = 50 * time.Millisecond

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
	edge := w.register.legacyCall
	if w.attempts%2 == 0 {
		edge = w.register.graphqlCall
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
	{method: http.MethodPost, path: "/graphql", body: map[string]any{"query": `{ me { id email role companyId passwordChangedAt } }`}},
	{method: http.MethodGet, path: "/api/perfil"},
	{method: http.MethodPost, path: "/graphql", body: map[string]any{"query": `{ me { email company {
		integrations { pms { provider keyFingerprint decryptable } ai { provider model keyFingerprint decryptable } google { configured } }
		apartmentColumns { externalId } lateCheckIn { cutoff } } } }`}},
}

func (r *reader) read(l *Load, url string) {
	r.reads++
	c := screens[r.reads%len(screens)]
	c.token, c.contains = r.account.token, r.account.email
	l.Reads.measure(l.client, url, c)
}

// measure makes a request and notes how it ended.
func (m *Meter) measure(client *http.Client, url string, c call) (Outcome, string) {
	start := time.Now()
	o, text := send(client, url, c)
	m.add(o, time.Since(start), fmt.Sprintf("%s %s: %.300s", c.method, c.path, text))
	if o != Answered {
		time.Sleep(errorPause)
	}
	return o, text
}
