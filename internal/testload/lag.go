package testload

import (
	"bytes"
	"context"
	"net"
	"sync"
	"time"
)

// distant is a connection on which what is sent is under way for a while, so
// that the other side may close it meanwhile, as over a real network.
type distant struct {
	net.Conn
	sent   chan []byte
	closed chan struct{}
	close  func()
}

func (l *Load) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil || l.Lag == 0 {
		return conn, err
	}
	closed := make(chan struct{})
	d := &distant{Conn: conn, sent: make(chan []byte), closed: closed, close: sync.OnceFunc(func() { close(closed) })}
	go d.deliver(l.Lag)
	return d, nil
}

func (d *distant) deliver(lag time.Duration) {
	for {
		select {
		case text := <-d.sent:
			time.Sleep(lag)
			_, _ = d.Conn.Write(text) // whoever reads notices
		case <-d.closed:
			return
		}
	}
}

func (d *distant) Write(text []byte) (int, error) {
	select {
	case d.sent <- bytes.Clone(text):
		return len(text), nil
	case <-d.closed:
		return 0, net.ErrClosed
	}
}

func (d *distant) Close() error {
	d.close()
	return d.Conn.Close()
}
