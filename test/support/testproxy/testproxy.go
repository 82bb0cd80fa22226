// Package testproxy stands between a test and its database, and fails as
// networks do: it hangs, it cuts, it is slow, it is not there yet.
package testproxy

import (
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Proxy passes TCP connections on to a database on a Unix socket.
type Proxy struct {
	// URL is that of the database, through the proxy.
	URL string

	reserved *reservation
	socket   string // of the database
	accepted atomic.Int64
	delay    atomic.Int64 // nanoseconds

	mu       sync.Mutex
	thawed   *sync.Cond
	frozen   bool
	listener net.Listener
	pairs    map[net.Conn]net.Conn
}

// New passes connections on to the database with the given URL, which names a
// Unix socket, until the test ends.
func New(t testing.TB, databaseURL string) *Proxy {
	t.Helper()
	p := Closed(t, databaseURL)
	p.Open(t)
	return p
}

// Closed is a proxy that refuses connections until it is opened.
func Closed(t testing.TB, databaseURL string) *Proxy {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	p := &Proxy{socket: query.Get("host") + "/.s.PGSQL." + query.Get("port"), pairs: make(map[net.Conn]net.Conn)}
	p.thawed = sync.NewCond(&p.mu)
	if p.reserved, err = reserve(); err != nil {
		t.Fatal(err)
	}
	u.Host = p.reserved.address
	query.Del("host")
	query.Del("port")
	u.RawQuery = query.Encode()
	p.URL = u.String()
	t.Cleanup(p.close)
	return p
}

// Open accepts connections from now on.
func (p *Proxy) Open(t testing.TB) {
	t.Helper()
	l, err := p.reserved.open()
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	p.listener = l
	p.mu.Unlock()
	go p.accept(l)
}

// Freeze makes every connection, also new ones, silent but keeps it open.
func (p *Proxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frozen = true
}

// Thaw ends Freeze; what was held back arrives.
func (p *Proxy) Thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frozen = false
	p.thawed.Broadcast()
}

// Cut closes every connection. New ones are accepted.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for client, server := range p.pairs {
		_ = client.Close()
		_ = server.Close()
	}
}

// Delay holds back what either side sends for d from now on.
func (p *Proxy) Delay(d time.Duration) { p.delay.Store(int64(d)) }

// Accepted returns how many connections were accepted, those that only carry a
// cancel request included.
func (p *Proxy) Accepted() int64 { return p.accepted.Load() }

func (p *Proxy) close() {
	_ = p.reserved.file.Close()
	p.mu.Lock()
	if p.listener != nil {
		_ = p.listener.Close()
	}
	p.mu.Unlock()
	p.Thaw()
	p.Cut()
}

func (p *Proxy) accept(l net.Listener) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		p.accepted.Add(1)
		server, err := net.Dial("unix", p.socket)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		p.pairs[client] = server
		p.mu.Unlock()
		go p.pass(client, server)
	}
}

// pass copies both ways until either side ends.
func (p *Proxy) pass(client, server net.Conn) {
	ended := make(chan struct{}, 2)
	for from, to := range map[net.Conn]net.Conn{client: server, server: client} {
		go func() {
			_, _ = io.Copy(to, &held{Reader: from, proxy: p})
			ended <- struct{}{}
		}()
	}
	<-ended
	_ = errors.Join(client.Close(), server.Close())
	<-ended
	p.mu.Lock()
	delete(p.pairs, client)
	p.mu.Unlock()
}

// held delays what it reads, and returns nothing while the proxy is frozen.
type held struct {
	io.Reader
	proxy *Proxy
}

func (h *held) Read(b []byte) (int, error) {
	n, err := h.Reader.Read(b)
	time.Sleep(time.Duration(h.proxy.delay.Load()))
	h.proxy.mu.Lock()
	defer h.proxy.mu.Unlock()
	for h.proxy.frozen {
		h.proxy.thawed.Wait()
	}
	return n, err
}
