package testdb

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// Proxy forwards TCP connections to a database on a Unix socket, and can freeze and
// close them.
type Proxy struct {
	// URL is the URL of the database through the proxy, and Address its host and port.
	URL, Address string

	socket   string // of the database
	listener net.Listener
	conns    sync.Map // the open connections of both sides

	mu     sync.Mutex
	thawed *sync.Cond
	frozen bool
}

// NewProxy starts a proxy for the database with the given URL, which names a Unix
// socket. The proxy is closed when the test ends.
func NewProxy(t testing.TB, databaseURL string) *Proxy {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	p := &Proxy{Address: listener.Addr().String(), socket: query.Get("host") + "/.s.PGSQL." + query.Get("port"), listener: listener}
	p.thawed = sync.NewCond(&p.mu)
	u.Host = p.Address
	query.Del("host")
	query.Del("port")
	u.RawQuery = query.Encode()
	p.URL = u.String()
	go p.accept()
	t.Cleanup(func() {
		_ = listener.Close()
		p.Thaw()
		p.Cut()
	})
	return p
}

// Freeze stops the traffic of existing and new connections but keeps them open.
func (p *Proxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frozen = true
}

// Thaw ends Freeze and delivers the delayed traffic.
func (p *Proxy) Thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frozen = false
	p.thawed.Broadcast()
}

// Cut closes all connections. The proxy still accepts new ones.
func (p *Proxy) Cut() {
	for conn := range p.conns.Range {
		_ = conn.(net.Conn).Close()
	}
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", p.socket)
		if err != nil {
			_ = client.Close()
			continue
		}
		for from, to := range map[net.Conn]net.Conn{client: server, server: client} {
			p.conns.Store(from, nil)
			go p.forward(from, to)
		}
	}
}

// forward copies until either side closes.
func (p *Proxy) forward(from, to net.Conn) {
	_, _ = io.Copy(to, &proxyReader{Reader: from, proxy: p})
	_ = from.Close()
	_ = to.Close()
	p.conns.Delete(from)
}

// proxyReader blocks reads while the proxy is frozen.
type proxyReader struct {
	io.Reader
	proxy *Proxy
}

func (r *proxyReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	r.proxy.mu.Lock()
	defer r.proxy.mu.Unlock()
	for r.proxy.frozen {
		r.proxy.thawed.Wait()
	}
	return n, err
}
