package testfault

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"sync"
	"syscall"
	"testing"
)

// Proxy forwards TCP connections to a database on a Unix socket, and can refuse,
// freeze and close them.
type Proxy struct {
	// URL is the URL of the database through the proxy.
	URL string

	reserved *reservation
	socket   string // of the database

	mu       sync.Mutex
	thawed   *sync.Cond
	frozen   bool
	listener net.Listener
	pairs    map[net.Conn]net.Conn // client to server
}

// NewProxy starts a proxy for the database with the given URL, which names a Unix
// socket. The proxy is closed when the test ends.
func NewProxy(t testing.TB, databaseURL string) *Proxy {
	t.Helper()
	p := NewClosedProxy(t, databaseURL)
	p.Open(t)
	return p
}

// NewClosedProxy returns a proxy that refuses connections until Open is called.
func NewClosedProxy(t testing.TB, databaseURL string) *Proxy {
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

// Open starts to accept connections.
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
	p.mu.Lock()
	defer p.mu.Unlock()
	for client, server := range p.pairs {
		_ = client.Close()
		_ = server.Close()
	}
}

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
		server, err := net.Dial("unix", p.socket)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		p.pairs[client] = server
		p.mu.Unlock()
		go p.forward(client, server)
	}
}

// forward copies in both directions until either side closes.
func (p *Proxy) forward(client, server net.Conn) {
	ended := make(chan struct{}, 2)
	for from, to := range map[net.Conn]net.Conn{client: server, server: client} {
		go func() {
			_, _ = io.Copy(to, &proxyReader{Reader: from, proxy: p})
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

// reservation is a socket that is bound but does not listen yet: its address is
// reserved and refuses connections. Package net always listens at once.
type reservation struct {
	address string
	file    *os.File
	listen  func() error
}

func reserve() (*reservation, error) {
	syscall.ForkLock.RLock() // a child process must not inherit the socket
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(socket)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	r := &reservation{
		file:   os.NewFile(uintptr(socket), "reserved address"),
		listen: func() error { return os.NewSyscallError("listen", syscall.Listen(socket, syscall.SOMAXCONN)) },
	}
	if err := syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return nil, os.NewSyscallError("bind", err)
	}
	name, err := syscall.Getsockname(socket)
	if err != nil {
		return nil, os.NewSyscallError("getsockname", err)
	}
	r.address = fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
	return r, nil
}

func (r *reservation) open() (net.Listener, error) {
	if err := r.listen(); err != nil {
		return nil, err
	}
	return net.FileListener(r.file)
}
